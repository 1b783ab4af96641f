// SPDX-License-Identifier: Apache-2.0
#include "history/time_text.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <chrono>
#include <cmath>
#include <limits>

#include "base/ascii.h"
#include "base/log.h"

namespace trackalert::history {
namespace {

constexpr std::size_t shown_bytes = 100;
constexpr Time longest_duration = 36'525 * day;

std::string shown(std::string_view text) {
  return base::escape_control(text.substr(0, shown_bytes));
}

/// Reads from the front of a text; every take_ leaves it alone when it does not fit.
class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {}

  [[nodiscard]] bool at_end() const { return rest_.empty(); }

  bool take(char c) {
    if (rest_.empty() || rest_.front() != c) return false;
    rest_.remove_prefix(1);
    return true;
  }

  /// Exactly `digits` of them.
  std::optional<int> take_number(std::size_t digits) {
    if (rest_.size() < digits) return std::nullopt;
    int number = 0;
    for (const char c : rest_.substr(0, digits)) {
      if (!base::is_digit(c)) return std::nullopt;
      number = number * 10 + (c - '0');
    }
    rest_.remove_prefix(digits);
    return number;
  }

  /// Digits of a fraction, as microseconds; those behind the sixth do not count.
  std::optional<Time> take_fraction() {
    if (rest_.empty() || !base::is_digit(rest_.front())) return std::nullopt;
    Time fraction = 0;
    Time worth = second / 10;
    while (!rest_.empty() && base::is_digit(rest_.front())) {
      fraction += (rest_.front() - '0') * worth;
      worth /= 10;
      rest_.remove_prefix(1);
    }
    return fraction;
  }

 private:
  std::string_view rest_;
};

/// "-MM-DD" behind the year and all: the begin of the day.
std::optional<Time> take_date(Reader& reader) {
  const auto year = reader.take_number(4);
  if (!year || !reader.take('-')) return std::nullopt;
  const auto month = reader.take_number(2);
  if (!month || !reader.take('-')) return std::nullopt;
  const auto day_of_month = reader.take_number(2);
  if (!day_of_month) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year{*year}, std::chrono::month{static_cast<unsigned>(*month)},
                                         std::chrono::day{static_cast<unsigned>(*day_of_month)}};
  if (!date.ok()) return std::nullopt;
  return Time{std::chrono::sys_days{date}.time_since_epoch().count()} * day;
}

/// "HH:MM[:SS[.f]]"
std::optional<Time> take_time_of_day(Reader& reader) {
  const auto hours = reader.take_number(2);
  if (!hours || *hours > 23 || !reader.take(':')) return std::nullopt;
  const auto minutes = reader.take_number(2);
  if (!minutes || *minutes > 59) return std::nullopt;
  Time out = *hours * hour + *minutes * minute;
  if (!reader.take(':')) return out;
  const auto seconds = reader.take_number(2);
  if (!seconds || *seconds > 59) return std::nullopt;
  out += *seconds * second;
  if (!reader.take('.')) return out;
  const auto fraction = reader.take_fraction();
  if (!fraction) return std::nullopt;
  return out + *fraction;
}

/// How far the zone is ahead of UTC.
std::optional<Time> take_zone(Reader& reader) {
  if (reader.at_end() || reader.take('Z')) return 0;
  const bool ahead = reader.take('+');
  if (!ahead && !reader.take('-')) return std::nullopt;
  const auto hours = reader.take_number(2);
  if (!hours || *hours > 23) return std::nullopt;
  reader.take(':');
  const auto minutes = reader.take_number(2);
  if (!minutes || *minutes > 59) return std::nullopt;
  const Time offset = *hours * hour + *minutes * minute;
  return ahead ? offset : -offset;
}

std::optional<Time> parse_calendar_time(std::string_view text) {
  Reader reader(text);
  const auto date = take_date(reader);
  if (!date) return std::nullopt;
  if (reader.at_end()) return date;
  if (!reader.take('T') && !reader.take(' ')) return std::nullopt;
  const auto time_of_day = take_time_of_day(reader);
  if (!time_of_day) return std::nullopt;
  const auto zone = take_zone(reader);
  if (!zone || !reader.at_end()) return std::nullopt;
  return *date + *time_of_day - *zone;
}

std::optional<Time> parse_seconds(std::string_view text) {
  double seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return time_from_seconds(seconds);
}

std::optional<Time> unit_of(char letter) {
  switch (letter) {
    case 's':
      return second;
    case 'm':
      return minute;
    case 'h':
      return hour;
    case 'd':
      return day;
    case 'w':
      return 7 * day;
    default:
      return std::nullopt;
  }
}

std::optional<Time> read_duration(std::string_view text) {
  if (text.size() < 2 || !base::is_digit(text.front())) return std::nullopt;
  const auto unit = unit_of(text.back());
  const auto digits = text.substr(0, text.size() - 1);
  Time count = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), count);
  if (!unit || error != std::errc{} || end != digits.data() + digits.size() || count > longest_duration / *unit) {
    return std::nullopt;
  }
  return count * *unit;
}

}  // namespace

base::Result<Time> parse_duration(std::string_view text) {
  if (const auto duration = read_duration(text)) return *duration;
  return base::fail("not a duration such as 90s, 15m, 1h, 30d or 2w: {}", shown(text));
}

base::Result<Time> parse_time(std::string_view text, Time now) {
  if (text == "now") return now;
  if (const auto ago = read_duration(text)) return now - *ago;
  if (const auto time = parse_calendar_time(text)) return *time;
  if (const auto time = parse_seconds(text)) return *time;
  return base::fail("not a time such as 30d (ago), 2026-11-01T00:00:00Z or 1795000000.5: {}", shown(text));
}

base::Result<Time> parse_end(std::string_view text, Time now) {
  if (const auto duration = parse_duration(text)) return now + *duration;
  return parse_time(text, now);
}

std::optional<Time> time_from_seconds(double seconds) {
  // Half of what the type holds, so that sums and differences of two times never overflow. NaN fails.
  constexpr double most = static_cast<double>(std::numeric_limits<Time>::max()) / 2;
  const double microseconds = seconds * 1e6;
  if (!(std::abs(microseconds) <= most)) return std::nullopt;
  return std::llround(microseconds);
}

std::string format_seconds(Time time) {
  const auto size = time < 0 ? 0 - static_cast<std::uint64_t>(time) : static_cast<std::uint64_t>(time);
  auto text = fmt::format("{}{}.{:06}", time < 0 ? "-" : "", size / second, size % second);
  text.erase(text.find_last_not_of('0') + 1);
  if (text.ends_with('.')) text.pop_back();
  return text;
}

std::string format_time(Time time) {
  constexpr Time year_0 = -62'167'219'200 * second;
  constexpr Time year_10000 = 253'402'300'800 * second;
  if (time < year_0 || time >= year_10000) return format_seconds(time);
  const std::chrono::sys_time<std::chrono::microseconds> moment{std::chrono::microseconds{time}};
  const auto days = std::chrono::floor<std::chrono::days>(moment);
  const std::chrono::year_month_day date{days};
  const Time in_day = (moment - days).count();
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:06}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()), in_day / hour,
                     in_day / minute % 60, in_day / second % 60, in_day % second);
}

}  // namespace trackalert::history
