// SPDX-License-Identifier: Apache-2.0
#include "traffic/timing.h"

#include <algorithm>
#include <array>

namespace trackalert::traffic {
namespace {

struct Rhythm {
  std::array<std::uint8_t, 24> percent;  ///< of a working day, by hour
  unsigned weekend_percent;              ///< of that, on Saturday and Sunday
};

constexpr std::array<Rhythm, role_count> rhythms{{
    // desktop: mornings and evenings, all day at the weekend
    {{4, 2, 1, 1, 1, 3, 12, 30, 35, 30, 28, 30, 40, 35, 28, 30, 45, 70, 90, 100, 95, 75, 40, 15}, 110},
    // office
    {{0, 0, 0, 0, 0, 1, 5, 35, 85, 100, 95, 90, 60, 90, 100, 95, 75, 35, 10, 4, 2, 1, 0, 0}, 4},
    // phone: polls by night too, only less
    {{22, 18, 16, 15, 16, 22, 45, 75, 90, 90, 88, 92, 100, 92, 86, 86, 92, 98, 98, 94, 90, 80, 58, 34}, 92},
    // browser
    {{5, 2, 1, 1, 1, 2, 10, 30, 55, 70, 75, 70, 80, 70, 65, 65, 65, 70, 80, 100, 95, 75, 40, 15}, 70},
}};

const Rhythm& rhythm_of(Role role) {
  return rhythms[static_cast<unsigned>(role)];
}

}  // namespace

LocalTime::LocalTime(Time time, int utc_offset_min) {
  const Time local = std::max<Time>(time + utc_offset_min * minute, 0);
  day_number = static_cast<std::int32_t>(local / day);
  weekday = static_cast<unsigned>((day_number + 3) % 7);  // 1970 began on a Thursday
  hour_of_day = static_cast<unsigned>(local % day / hour);
}

unsigned busyness(Role role, const LocalTime& local, unsigned shift) {
  const auto& rhythm = rhythm_of(role);
  const unsigned of_hour = rhythm.percent[(local.hour_of_day + 24 - shift % 24) % 24];
  return local.weekday < 5 ? of_hour : std::min(100U, of_hour * rhythm.weekend_percent / 100);
}

unsigned mean_busyness(Role role) {
  unsigned sum = 0;
  for (const unsigned of_hour : rhythm_of(role).percent) {
    sum += 5 * of_hour + 2 * std::min(100U, of_hour * rhythm_of(role).weekend_percent / 100);
  }
  return std::max(1U, sum / (7 * 24));
}

}  // namespace trackalert::traffic
