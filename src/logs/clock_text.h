// SPDX-License-Identifier: Apache-2.0
// Pieces of times as logs write them. Pure.
#pragma once

#include <array>
#include <chrono>
#include <optional>
#include <string_view>

#include "logs/scan.h"

namespace trackalert::logs {

/// "Nov", at the front
inline std::optional<std::chrono::month> take_month(std::string_view& text) {
  constexpr std::array<std::string_view, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                    "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  for (unsigned i = 0; i < months.size(); ++i) {
    if (take(text, months.at(i))) return std::chrono::month(i + 1);
  }
  return std::nullopt;
}

/// "10:00:00", at the front
inline std::optional<std::chrono::seconds> take_time_of_day(std::string_view& text) {
  constexpr std::size_t length = 8;
  if (text.size() < length || text[2] != ':' || text[5] != ':') return std::nullopt;
  const auto hours = whole_number(text.substr(0, 2));
  const auto minutes = whole_number(text.substr(3, 2));
  const auto secs = whole_number(text.substr(6, 2));
  if (!hours || !minutes || !secs || *hours > 23 || *minutes > 59 || *secs > 60) return std::nullopt;
  text.remove_prefix(length);
  return std::chrono::seconds{(*hours * 60 + *minutes) * 60 + *secs};
}

}  // namespace trackalert::logs
