// SPDX-License-Identifier: Apache-2.0
// Between the bytes of a command and the wide characters that libedit works on, without asking the locale. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace trackalert::console {

inline constexpr wchar_t replacement_character = 0xfffd;

/// Bytes in, one at a time; characters out. What is not UTF-8 becomes U+FFFD.
class Utf8Decoder {
 public:
  [[nodiscard]] std::optional<wchar_t> take(unsigned char byte);

 private:
  char32_t character_ = 0;
  unsigned missing_ = 0;
};

[[nodiscard]] std::string to_utf8(std::wstring_view text);
[[nodiscard]] std::wstring from_utf8(std::string_view text);

}  // namespace trackalert::console
