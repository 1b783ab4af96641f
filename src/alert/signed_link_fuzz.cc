// SPDX-License-Identifier: Apache-2.0
// Any bytes as a token: without the key none is taken; and what they say as a link comes back, or makes no token.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "alert/signed_link.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace trackalert::alert;  // NOLINT(google-build-using-namespace)
  static const auto key = trackalert::crypto::Key::from_base64("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=").value();
  static const LinkSigner signer(key);
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto link = signer.read(text, 0); link && signer.token(*link) != text) std::abort();
  constexpr std::size_t id_size = 16;
  const auto piece = [&text](std::size_t from, std::size_t length) {
    return std::string(from < text.size() ? text.substr(from, length) : std::string_view());
  };
  const Link made{.alert = piece(0, id_size),
                  .login_hash = piece(id_size, id_size),
                  .expires = static_cast<trackalert::history::Time>(size + 1) * trackalert::history::second,
                  .language = piece(3 * id_size, 2),
                  .proposed = static_cast<Verdict>(size % 3),
                  .id = piece(2 * id_size, id_size)};
  const auto token = signer.token(made);
  if (!token.empty() && signer.read(token, 0) != made) std::abort();
  return 0;
}
