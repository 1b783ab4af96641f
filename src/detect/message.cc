// SPDX-License-Identifier: Apache-2.0
#include "detect/message.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace trackalert::detect {
namespace {

constexpr double minute_seconds = 60;
constexpr double hour_seconds = 3600;
constexpr double day_seconds = 86'400;

std::string counted(double number, std::string_view unit) {
  const auto rounded = std::max(1.0, std::round(number));
  return fmt::format("{:.0f} {}{}", rounded, unit, rounded == 1 ? "" : "s");
}

}  // namespace

std::string fill_in(std::string_view text, Names names) {
  std::string out;
  while (!text.empty()) {
    const auto open = std::min(text.find('{'), text.size());
    out += text.substr(0, open);
    text.remove_prefix(open);
    const auto close = text.find('}');
    if (close == text.npos) break;
    const auto name = text.substr(1, close - 1);
    const auto at = std::ranges::find(names, name, [](const auto& pair) { return pair.first; });
    out += at == names.end() ? text.substr(0, close + 1) : std::string_view(at->second);
    text.remove_prefix(close + 1);
  }
  return out += text;
}

std::string shown_number(double number) {
  const bool whole = number == std::round(number);
  return whole || std::abs(number) >= 10 ? fmt::format("{:.0f}", number) : fmt::format("{:.1f}", number);
}

std::string shown_duration(double seconds) {
  if (seconds < 2 * minute_seconds) return counted(seconds, "second");
  if (seconds < 2 * hour_seconds) return counted(seconds / minute_seconds, "minute");
  if (seconds < 2 * day_seconds) return counted(seconds / hour_seconds, "hour");
  return counted(seconds / day_seconds, "day");
}

}  // namespace trackalert::detect
