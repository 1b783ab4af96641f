// SPDX-License-Identifier: Apache-2.0
#include "channel/hours.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <string>

#include "base/ascii.h"

namespace trackalert::channel {
namespace {

constexpr unsigned minutes_an_hour = 60;
constexpr unsigned minutes_a_day = 24 * minutes_an_hour;
constexpr unsigned days_a_week = 7;
constexpr std::array<std::string_view, days_a_week> day_names{"sun", "mon", "tue", "wed", "thu", "fri", "sat"};

std::optional<unsigned> number_of(std::string_view text) {
  unsigned value = 0;
  if (text.empty() || text.size() > 2) return std::nullopt;
  const std::string digits(text);
  const auto* const end = digits.data() + digits.size();
  const auto read = std::from_chars(digits.data(), end, value);
  if (read.ec != std::errc{} || read.ptr != end) return std::nullopt;
  return value;
}

/// "8" or "08:30", up to 24:00, as a minute of the day.
std::optional<unsigned> minute_of(std::string_view text) {
  const auto colon = std::min(text.find(':'), text.size());
  const auto hour = number_of(text.substr(0, colon));
  const auto minute = colon == text.size() ? std::optional(0U) : number_of(text.substr(colon + 1));
  if (!hour || !minute || *minute >= minutes_an_hour) return std::nullopt;
  const auto all = *hour * minutes_an_hour + *minute;
  return all <= minutes_a_day ? std::optional(all) : std::nullopt;
}

std::optional<unsigned> day_of(std::string_view text) {
  std::string name(text);
  std::ranges::transform(name, name.begin(), base::to_lower);
  const auto* const at = std::ranges::find(day_names, name);
  if (at == day_names.end()) return std::nullopt;
  return static_cast<unsigned>(at - day_names.begin());
}

}  // namespace

base::Result<Hours> Hours::parse(std::string_view text) {
  const auto dash = std::min(text.find('-'), text.size());
  const auto from = minute_of(text.substr(0, dash));
  const auto to = minute_of(text.substr(std::min(dash + 1, text.size())));
  if (!from || !to || *from == *to || *from == minutes_a_day) {
    return base::fail("hours are two times of the day, as \"22-6\" or \"08:00-18:30\"");
  }
  Hours out;
  out.from_ = *from;
  out.to_ = *to;
  return out;
}

base::Result<void> Hours::limit_days(const std::vector<std::string>& days) {
  if (days.empty()) return {};
  unsigned bits = 0;
  for (const std::string_view text : days) {
    const auto dash = std::min(text.find('-'), text.size());
    const auto first = day_of(text.substr(0, dash));
    const auto last = dash == text.size() ? first : day_of(text.substr(dash + 1));
    if (!first || !last) return base::fail("days are sun, mon, tue, wed, thu, fri, sat, or two of them as \"mon-fri\"");
    for (auto day = *first;; day = (day + 1) % days_a_week) {
      bits |= 1U << day;
      if (day == *last) break;
    }
  }
  days_ = bits;
  return {};
}

bool Hours::contains(base::WallTime time, const schedule::Zone& zone) const {
  const auto when = std::chrono::floor<std::chrono::seconds>(time);
  const auto local = std::chrono::floor<std::chrono::minutes>(when.time_since_epoch() + zone.offset_at(when));
  const auto day = std::chrono::floor<std::chrono::days>(local);
  const auto minute = static_cast<unsigned>((local - day).count());
  constexpr int first_weekday = 4;  // 1 January 1970 was a Thursday
  const auto is_on = [&](std::int64_t which) {
    const auto weekday = ((which + first_weekday) % 7 + 7) % 7;
    return ((days_ >> static_cast<unsigned>(weekday)) & 1U) != 0;
  };
  const auto today = static_cast<std::int64_t>(day.count());
  if (from_ < to_) return minute >= from_ && minute < to_ && is_on(today);
  return (minute >= from_ && is_on(today)) || (minute < to_ && is_on(today - 1));
}

}  // namespace trackalert::channel
