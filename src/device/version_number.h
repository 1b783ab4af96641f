// SPDX-License-Identifier: Apache-2.0
// The start of a version as clients write it: "115.5.1" is major 115, minor 5.
#pragma once

#include <algorithm>
#include <optional>
#include <string_view>

namespace trackalert::device {

[[nodiscard]] constexpr bool is_blank(char c) {
  return c == ' ' || c == '\t';
}

struct VersionNumber {
  std::string_view major;
  std::string_view minor;
};

/// What `text` starts with, if that is digits, a dot and digits. Views of `text`.
[[nodiscard]] inline std::optional<VersionNumber> leading_version(std::string_view text) {
  const auto digits = [&](std::size_t from) {
    const auto rest = text.substr(from);
    const auto end = std::ranges::find_if(rest, [](char c) { return c < '0' || c > '9'; });
    return rest.substr(0, static_cast<std::size_t>(end - rest.begin()));
  };
  const auto major = digits(0);
  if (major.empty() || major.size() == text.size() || text[major.size()] != '.') return std::nullopt;
  const auto minor = digits(major.size() + 1);
  if (minor.empty()) return std::nullopt;
  return VersionNumber{major, minor};
}

}  // namespace trackalert::device
