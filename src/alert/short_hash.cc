// SPDX-License-Identifier: Apache-2.0
#include "alert/short_hash.h"

#include <fmt/format.h>
#include <sodium/crypto_generichash.h>

#include <array>

namespace trackalert::alert {

std::string short_hash(std::string_view text) {
  constexpr std::size_t shown_bytes = 8;
  std::array<unsigned char, crypto_generichash_BYTES> hash{};
  crypto_generichash(hash.data(), hash.size(), reinterpret_cast<const unsigned char*>(text.data()), text.size(),
                     nullptr, 0);
  std::string out;
  for (std::size_t i = 0; i < shown_bytes; ++i) out += fmt::format("{:02x}", hash[i]);
  return out;
}

}  // namespace trackalert::alert
