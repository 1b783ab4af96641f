// SPDX-License-Identifier: Apache-2.0
// Reading UTF-8 that may be anything. Pure.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

namespace trackalert::base {

/// Of no bytes: there is no well-formed character.
struct Utf8Character {
  char32_t code = 0;
  std::size_t bytes = 0;
};

/// The character at the front of `text`, which is not empty. Overlong forms and surrogates are none.
[[nodiscard]] inline Utf8Character first_character(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text.front());
  if (lead < 0x80) return {lead, 1};
  const std::size_t bytes = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || lead > 0xf4 || text.size() < bytes) return {};
  char32_t code = lead & (0x7fU >> bytes);
  for (const char c : text.substr(1, bytes - 1)) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte & 0xc0) != 0x80) return {};
    code = code << 6 | (byte & 0x3fU);
  }
  constexpr std::array<char32_t, 5> least{0, 0, 0x80, 0x800, 0x10000};
  if (code < least.at(bytes) || code > 0x10ffff || (code >= 0xd800 && code < 0xe000)) return {};
  return {code, bytes};
}

}  // namespace trackalert::base
