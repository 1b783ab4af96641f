// SPDX-License-Identifier: Apache-2.0
// The calendar half of CronExpression: when it fires. cron_parse.cc has the other.
//
// Matching happens in local time, where a "reading" is what the local clock shows. Readings are found by jumping from
// month to month, day to day and hour to hour; only around a day that matches are they laid on the zone's stretches of
// equal offset, and so turned into instants.
#include "schedule/cron.h"

#include <algorithm>
#include <array>
#include <bit>

namespace trackalert::schedule {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::local_days;
using std::chrono::local_seconds;
using std::chrono::minutes;
using std::chrono::seconds;
using std::chrono::sys_days;
using std::chrono::sys_seconds;
using std::chrono::years;

constexpr years calendar_cycle{400};
// Outside nobody's clock is right, and inside no sum below overflows.
constexpr sys_seconds first_sane_time = sys_days{std::chrono::year{1900} / 1 / 1};
constexpr sys_seconds last_sane_time = sys_days{std::chrono::year{9000} / 1 / 1};

/// The lowest bit of `bits` that is not below `from`.
std::optional<unsigned> lowest_from(std::uint64_t bits, unsigned from) {
  if (from >= 64) return std::nullopt;
  const std::uint64_t rest = bits >> from << from;
  if (rest == 0) return std::nullopt;
  return static_cast<unsigned>(std::countr_zero(rest));
}

bool has(std::uint64_t bits, unsigned value) {
  return (bits >> value & 1U) != 0;
}

local_seconds reading(sys_seconds time, seconds offset) {
  return local_seconds{time.time_since_epoch() + offset};
}
sys_seconds instant(local_seconds reading, seconds offset) {
  return sys_seconds{reading.time_since_epoch() - offset};
}

}  // namespace

bool CronExpression::names_a_possible_date() const {
  if (either_day_) return true;
  // Within 400 years every date of the calendar falls on every weekday, so only the day of month can be impossible.
  constexpr std::array<unsigned, 12> longest{31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const auto first_day_of_month = static_cast<unsigned>(std::countr_zero(days_));
  for (unsigned month = 1; month <= 12; ++month) {
    if (has(months_, month) && first_day_of_month <= longest.at(month - 1)) return true;
  }
  return false;
}

bool CronExpression::matches(local_days day) const {
  const bool day_of_month = has(days_, static_cast<unsigned>(std::chrono::year_month_day{day}.day()));
  const bool weekday = has(weekdays_, std::chrono::weekday{day}.c_encoding());
  return either_day_ ? day_of_month || weekday : day_of_month && weekday;
}

std::optional<local_days> CronExpression::first_day(local_days from) const {
  using std::chrono::year_month_day;
  const auto last_year = year_month_day{from}.year() + calendar_cycle;
  for (local_days day = from;;) {
    const year_month_day date{day};
    if (date.year() > last_year) return std::nullopt;
    if (!has(months_, static_cast<unsigned>(date.month()))) {
      day = local_days{(date.year() / date.month() + std::chrono::months{1}) / 1};
    } else if (matches(day)) {
      return day;
    } else {
      day += days{1};
    }
  }
}

std::optional<minutes> CronExpression::first_time_of_day(minutes from) const {
  const auto from_hour = static_cast<unsigned>(from / hours{1});
  const auto from_minute = static_cast<unsigned>(from % hours{1} / minutes{1});
  const auto hour = lowest_from(hours_, from_hour);
  if (!hour) return std::nullopt;
  if (const auto minute = lowest_from(minutes_, *hour == from_hour ? from_minute : 0)) {
    return hours{*hour} + minutes{*minute};
  }
  const auto later_hour = lowest_from(hours_, from_hour + 1);
  if (!later_hour) return std::nullopt;
  return hours{*later_hour} + minutes{std::countr_zero(minutes_)};
}

/// The first reading that matches and is not before `from`.
std::optional<local_seconds> CronExpression::first_reading(local_seconds from) const {
  const auto minute = std::chrono::ceil<minutes>(from);
  const auto today = std::chrono::floor<days>(minute);
  auto day = first_day(today);
  if (!day) return std::nullopt;
  if (*day == today) {
    if (const auto time_of_day = first_time_of_day(minute - today)) return today + *time_of_day;
    day = first_day(today + days{1});
    if (!day) return std::nullopt;
  }
  const auto time_of_day = first_time_of_day(minutes{0});
  return time_of_day ? std::optional(*day + *time_of_day) : std::nullopt;
}

std::optional<sys_seconds> CronExpression::next_by_elapsed_time(sys_seconds after, const Zone& zone) const {
  const auto give_up = after + calendar_cycle;
  for (auto at = after + seconds{1}; at < give_up;) {
    // From `at` on the clock reads at least this, so nothing fires before it comes near a reading that matches.
    const auto near = first_reading(reading(at, -max_offset));
    if (!near) return std::nullopt;
    at = std::max(at, instant(*near, max_offset));

    const auto stretch = stretch_from(zone, at);
    const auto match = first_reading(reading(at, stretch.offset));
    if (match && instant(*match, stretch.offset) < stretch.end) return instant(*match, stretch.offset);
    at = stretch.end;
  }
  return std::nullopt;
}

/// A reading fires at the first instant at which the clock shows it or a later one. That is its first occurrence in a
/// repeated hour, and the end of the jump in a skipped one.
std::optional<sys_seconds> CronExpression::next_once_each(sys_seconds after, const Zone& zone) const {
  // What the clock has already shown is done with, be it that it was put back since.
  auto shown = local_seconds::min();
  for (auto at = after - 2 * max_offset; at <= after;) {
    const auto stretch = stretch_from(zone, at);
    shown = std::max(shown, reading(std::min(stretch.end - seconds{1}, after), stretch.offset));
    at = stretch.end;
  }
  const auto next = first_reading(shown + seconds{1});
  if (!next) return std::nullopt;
  for (auto at = std::max(after + seconds{1}, instant(*next, max_offset));;) {
    const auto stretch = stretch_from(zone, at);
    const auto when = instant(*next, stretch.offset);
    if (when < stretch.end) return std::max(when, at);
    at = stretch.end;
  }
}

std::optional<base::WallTime> CronExpression::next_after(base::WallTime time, const Zone& zone) const {
  const auto after = std::chrono::floor<seconds>(time);
  if (after < first_sane_time || after > last_sane_time) return std::nullopt;
  return by_elapsed_time_ ? next_by_elapsed_time(after, zone) : next_once_each(after, zone);
}

}  // namespace trackalert::schedule
