// SPDX-License-Identifier: Apache-2.0
// Nothing that the peer did not seal may open, whatever was tried before it, and what it did seal still opens.
#include <algorithm>
#include <cstdint>
#include <cstdlib>

#include "crypto/sealed_stream.h"

namespace {

using namespace trackalert;  // NOLINT(google-build-using-namespace)

void require(bool condition) {
  if (!condition) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const auto key = crypto::Key::from_base64("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=");
  constexpr crypto::Nonce client_nonce{1};
  constexpr crypto::Nonce server_nonce{2};
  crypto::SealedStream client(*key, client_nonce, server_nonce);
  crypto::SealedStream server(*key, server_nonce, client_nonce);

  const std::string_view input(reinterpret_cast<const char*>(data), size);
  require(!server.open(input));
  const auto frame = client.seal(input);
  require(frame.has_value() == (size <= crypto::max_plaintext));
  if (!frame) return 0;

  // A byte of the input chooses the place of one flipped bit.
  std::string broken = frame->substr(crypto::frame_prefix_size);
  const std::size_t place = size == 0 ? 0 : data[0] % broken.size();
  broken[place] = static_cast<char>(broken[place] ^ (1 << (size % 8)));
  require(!server.open(broken));
  require(server.open(std::string_view(*frame).substr(crypto::frame_prefix_size)) == std::string(input));
  require(!server.open(std::string_view(*frame).substr(crypto::frame_prefix_size)));
  return 0;
}
