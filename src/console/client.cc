// SPDX-License-Identifier: Apache-2.0
#include "console/client.h"

#include <algorithm>

#include "console/frame.h"

namespace trackalert::console {
namespace {

std::unexpected<base::Error> closed() {
  return base::fail("EOF while writing message");
}

std::unexpected<base::Error> no_answer(std::chrono::milliseconds waited) {
  return base::fail("no answer within {} s", std::chrono::ceil<std::chrono::seconds>(waited).count());
}

}  // namespace

ConsoleClient::ConsoleClient(Socket socket, crypto::SealedStream stream, Options options)
    : socket_(std::move(socket)), stream_(std::move(stream)), options_(options) {}

base::Result<ConsoleClient> ConsoleClient::connect(const base::Endpoint& server, const crypto::Key& key,
                                                   Options options) {
  const Deadline deadline = deadline_in(options.connect_timeout);
  auto descriptor = connect_to(server, options.connect_timeout);
  if (!descriptor) return std::unexpected(descriptor.error());
  Socket socket(std::move(*descriptor));

  // The server waits for our nonce before it sends its own.
  const crypto::Nonce own = crypto::random_nonce();
  std::array<char, std::tuple_size_v<crypto::Nonce>> received{};
  Io io = socket.write({reinterpret_cast<const char*>(own.data()), own.size()}, deadline);
  if (io == Io::done) io = socket.read(received, deadline);
  if (io == Io::timed_out) return no_answer(options.connect_timeout);
  if (io != Io::done) return closed();
  crypto::Nonce peer{};
  std::copy(received.begin(), received.end(), peer.begin());
  return ConsoleClient(std::move(socket), crypto::SealedStream(key, own, peer), options);
}

base::Result<std::string> ConsoleClient::execute(std::string_view command) {
  const auto frame = stream_.seal(command);
  if (!frame) return std::unexpected(frame.error());
  const Deadline deadline = deadline_in(options_.answer_timeout);
  const Io sent = socket_.write(*frame, deadline);
  if (sent == Io::timed_out) return no_answer(options_.answer_timeout);
  if (sent != Io::done) return closed();

  std::string ciphertext;
  const FrameIo got = read_frame(socket_, deadline, options_.answer_timeout, ciphertext);
  if (got == FrameIo::idle || got == FrameIo::stalled) return no_answer(options_.answer_timeout);
  if (got == FrameIo::too_short) return base::fail("the server sent a message that is too short");
  if (got != FrameIo::done) return closed();
  return stream_.open(ciphertext);
}

}  // namespace trackalert::console
