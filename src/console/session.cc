// SPDX-License-Identifier: Apache-2.0
#include "console/session.h"

#include <algorithm>
#include <array>
#include <exception>

#include "console/frame.h"

namespace trackalert::console {
namespace {

using Kind = SessionEnd::Kind;

SessionEnd broken(std::string reason) {
  return {Kind::broken, std::move(reason)};
}

SessionEnd end_of_handshake(Io io, std::size_t got, const Socket& socket) {
  switch (io) {
    case Io::end:
      // A port scan or a health check is nobody's error.
      return got == 0 ? SessionEnd{} : broken("EOF in the handshake");
    case Io::timed_out:
      return broken("Timeout in the handshake");
    case Io::failed:
      return broken(base::error_text(socket.error_number()));
    case Io::stopped:
    case Io::done:
      break;
  }
  return {};
}

SessionEnd end_of_reading(FrameIo io, const Socket& socket) {
  switch (io) {
    case FrameIo::cut:
      return broken("EOF while reading message");
    case FrameIo::stalled:
      return broken("Timeout while reading message");
    case FrameIo::too_short:
      return broken("Message too short");
    case FrameIo::failed:
      return broken(base::error_text(socket.error_number()));
    case FrameIo::end:
    case FrameIo::idle:
    case FrameIo::stopped:
    case FrameIo::done:
      break;
  }
  return {};
}

SessionEnd end_of_writing(Io io, const Socket& socket) {
  if (io == Io::timed_out) return broken("Timeout while writing message");
  if (io == Io::failed) return broken(base::error_text(socket.error_number()));
  return {};
}

/// What does not fit into one message is cut and says so.
std::string fitted(std::string answer) {
  if (answer.size() <= crypto::max_plaintext) return answer;
  const std::string note = fmt::format("\n[cut: this answer has {} bytes]\n", answer.size());
  answer.resize(crypto::max_plaintext - note.size());
  return answer + note;
}

std::optional<std::string> answer_to(std::string_view command, CommandExecutor& executor) {
  // The original passes commands through a C string.
  command = command.substr(0, command.find('\0'));
  if (command.empty()) return "";
  try {
    auto answer = executor.execute(command);
    if (!answer) return std::nullopt;
    return fitted(std::move(*answer));
  } catch (const std::exception& problem) {
    return fitted(fmt::format("Error: {}", problem.what()));
  }
}

/// False when there is no key any more.
bool refresh(crypto::SealedStream& stream, const KeySource& key) {
  const auto current = key();
  if (!current) return false;
  stream.set_key(*current);
  return true;
}

}  // namespace

SessionEnd serve_session(Socket& socket, const KeySource& key, CommandExecutor& executor,
                         const SessionTimeouts& timeouts) {
  const Deadline handshake = deadline_in(timeouts.handshake);
  std::array<char, std::tuple_size_v<crypto::Nonce>> received{};
  std::size_t got = 0;
  if (const Io io = socket.read(received, handshake, &got); io != Io::done) return end_of_handshake(io, got, socket);
  crypto::Nonce peer{};
  std::copy(received.begin(), received.end(), peer.begin());
  const crypto::Nonce own = crypto::random_nonce();
  if (const Io io = socket.write({reinterpret_cast<const char*>(own.data()), own.size()}, handshake); io != Io::done)
    return end_of_writing(io, socket);

  const auto first_key = key();
  if (!first_key) return broken("no key");
  return serve_commands(socket, crypto::SealedStream(*first_key, own, peer), key, executor, timeouts);
}

SessionEnd serve_commands(Socket& socket, crypto::SealedStream stream, const KeySource& key, CommandExecutor& executor,
                          const SessionTimeouts& timeouts) {
  std::string ciphertext;
  for (bool authentic = false;; authentic = true) {
    const auto patience = authentic ? timeouts.idle : timeouts.first_command;
    const FrameIo io = read_frame(socket, deadline_in(patience), timeouts.frame, ciphertext);
    if (io != FrameIo::done) return end_of_reading(io, socket);

    if (!refresh(stream, key)) return broken("no key");
    const auto command = stream.open(ciphertext);
    if (!command) return {Kind::undecryptable, command.error().message};
    const auto answer = answer_to(*command, executor);
    if (!answer) return {};

    if (!refresh(stream, key)) return broken("no key");
    const auto frame = stream.seal(*answer);
    if (!frame) return broken(frame.error().message);
    if (const Io sent = socket.write(*frame, deadline_in(timeouts.frame)); sent != Io::done)
      return end_of_writing(sent, socket);
  }
}

}  // namespace trackalert::console
