// SPDX-License-Identifier: Apache-2.0
// Reading a text from its front and from its back. Every take_ leaves the text alone when it does not fit.
#pragma once

#include <charconv>
#include <optional>
#include <string_view>

namespace trackalert::logs {

inline bool take(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

/// What stands before the first `mark`; the mark goes, too.
inline std::optional<std::string_view> take_until(std::string_view& text, std::string_view mark) {
  const auto at = text.find(mark);
  if (at == text.npos) return std::nullopt;
  const auto taken = text.substr(0, at);
  text.remove_prefix(at + mark.size());
  return taken;
}

/// What stands behind the last `mark`; the mark goes, too.
inline std::optional<std::string_view> take_behind_last(std::string_view& text, std::string_view mark) {
  const auto at = text.rfind(mark);
  if (at == text.npos) return std::nullopt;
  const auto taken = text.substr(at + mark.size());
  text = text.substr(0, at);
  return taken;
}

/// Decimal digits at the front, as many as there are.
inline std::optional<unsigned> take_number(std::string_view& text) {
  unsigned number = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
  if (read.ec != std::errc{} || read.ptr == text.data()) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(read.ptr - text.data()));
  return number;
}

/// The whole text as a number.
inline std::optional<unsigned> whole_number(std::string_view text) {
  const auto number = take_number(text);
  return text.empty() ? number : std::nullopt;
}

}  // namespace trackalert::logs
