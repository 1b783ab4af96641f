// SPDX-License-Identifier: Apache-2.0
// Time in the generated world: microseconds since 1970 UTC, and when people of which kind log in. Pure.
#pragma once

#include <cstdint>

namespace trackalert::traffic {

using Time = std::int64_t;

inline constexpr Time second = 1'000'000;
inline constexpr Time minute = 60 * second;
inline constexpr Time hour = 60 * minute;
inline constexpr Time day = 24 * hour;

/// A country's own time. The offset is fixed: there is no daylight saving here.
struct LocalTime {
  LocalTime(Time time, int utc_offset_min);

  std::int32_t day_number;  ///< since 1970
  unsigned weekday;         ///< 0 is Monday
  unsigned hour_of_day;
};

/// What logs in.
enum class Role : std::uint8_t {
  desktop,  ///< a mail program at home
  office,   ///< one at work
  phone,
  browser,  ///< webmail
};
inline constexpr unsigned role_count = 4;

/// How busy that hour is, in percent of the busiest. `shift` hours later than others: shift workers.
[[nodiscard]] unsigned busyness(Role role, const LocalTime& local, unsigned shift);
/// The mean over a week, at least 1.
[[nodiscard]] unsigned mean_busyness(Role role);

}  // namespace trackalert::traffic
