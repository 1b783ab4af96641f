// SPDX-License-Identifier: Apache-2.0
#include "console/utf8.h"

namespace trackalert::console {

std::optional<wchar_t> Utf8Decoder::take(unsigned char byte) {
  const bool continues = (byte & 0xc0) == 0x80;
  if (missing_ > 0 && continues) {
    character_ = character_ << 6 | (byte & 0x3f);
    if (--missing_ > 0) return std::nullopt;
    return character_ > 0x10ffff ? replacement_character : static_cast<wchar_t>(character_);
  }
  // A sequence broken off is dropped for the character that broke it.
  missing_ = 0;
  if (byte < 0x80) return static_cast<wchar_t>(byte);
  if (byte < 0xc2 || byte > 0xf4) return replacement_character;
  missing_ = byte < 0xe0 ? 1 : byte < 0xf0 ? 2 : 3;
  character_ = byte & (0x3f >> missing_);
  return std::nullopt;
}

std::string to_utf8(std::wstring_view text) {
  std::string out;
  for (const wchar_t wide : text) {
    const auto c = static_cast<char32_t>(wide);
    const auto tail = [&](unsigned shift) { out += static_cast<char>(0x80 | (c >> shift & 0x3f)); };
    if (c < 0x80) {
      out += static_cast<char>(c);
    } else if (c < 0x800) {
      out += static_cast<char>(0xc0 | c >> 6);
      tail(0);
    } else if (c < 0x10000) {
      out += static_cast<char>(0xe0 | c >> 12);
      tail(6);
      tail(0);
    } else {
      out += static_cast<char>(0xf0 | (c >> 18 & 0x07));
      tail(12);
      tail(6);
      tail(0);
    }
  }
  return out;
}

std::wstring from_utf8(std::string_view text) {
  std::wstring out;
  Utf8Decoder decoder;
  for (const char c : text) {
    if (const auto character = decoder.take(static_cast<unsigned char>(c))) out += *character;
  }
  return out;
}

}  // namespace trackalert::console
