// SPDX-License-Identifier: Apache-2.0
// The commands of a control connection against a peer that sends anything. The input is a list of pieces, each a
// control byte, a length byte and that much data; an odd control byte sends the data sealed with the right key, an even
// one as it is.
#include <sys/socket.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "console/session.h"
#include "crypto/sealed_stream.h"

namespace {

using namespace trackalert;  // NOLINT(google-build-using-namespace)

class Echo : public console::CommandExecutor {
 public:
  std::optional<std::string> execute(std::string_view command) override {
    if (command.empty() || command.find('\0') != command.npos) std::abort();
    return std::string(command.size() > 200 ? 70'000 : command.size(), 'x');
  }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const auto key = crypto::Key::from_base64("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=");
  if (size > 16 * 1024) return 0;
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) != 0) return 0;
  const base::Descriptor peer(ends[0]);
  console::Socket server{base::Descriptor(ends[1])};

  crypto::SealedStream client(*key, crypto::Nonce{1}, crypto::Nonce{2});
  crypto::SealedStream stream(*key, crypto::Nonce{2}, crypto::Nonce{1});
  std::string sent;
  for (std::size_t i = 0; i + 2 <= size;) {
    const bool sealed = data[i] % 2 == 1;
    const std::size_t length = std::min<std::size_t>(data[i + 1], size - i - 2);
    const std::string_view piece(reinterpret_cast<const char*>(data + i + 2), length);
    sent += sealed ? *client.seal(piece) : std::string(piece);
    i += 2 + length;
  }
  if (send(peer.get(), sent.data(), sent.size(), MSG_NOSIGNAL) < 0) return 0;
  shutdown(peer.get(), SHUT_WR);
  Echo echo;
  const auto end = console::serve_commands(server, std::move(stream), [] { return std::optional(*key); }, echo, {});
  if (end.kind == console::SessionEnd::Kind::closed && !end.reason.empty()) std::abort();
  return 0;
}
