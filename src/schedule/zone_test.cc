// SPDX-License-Identifier: Apache-2.0
#include "schedule/zone.h"

#include <date/tz.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

#include "schedule/test_zones.h"

namespace trackalert::schedule {
namespace {

using namespace std::chrono_literals;
using std::chrono::sys_days;
using std::chrono::sys_seconds;

TEST(LocalZone, AgreesWithTheTimeZoneDatabase) {
  for (const char* name : {"Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "UTC", "Asia/Kathmandu"}) {
    const ProcessZone process(name);
    const LocalZone local;
    const DatabaseZone expected(name);
    // 7 h and a prime number of seconds, so that the look-ups wander through day and hour.
    for (auto at = sys_seconds{sys_days{2020y / 1 / 1}}; at < sys_days{2030y / 1 / 1}; at += 25'219s) {
      ASSERT_EQ(local.offset_at(at), expected.offset_at(at)) << name << " " << at.time_since_epoch().count();
    }
  }
}

TEST(LocalZone, KnowsPosixRulesAndTakesNonsenseForUtc) {
  const sys_seconds winter = sys_days{2030y / 1 / 15};
  const sys_seconds summer = sys_days{2030y / 7 / 15};
  {
    const ProcessZone process("CET-1CEST,M3.5.0,M10.5.0/3");
    EXPECT_EQ(LocalZone().offset_at(winter), 1h);
    EXPECT_EQ(LocalZone().offset_at(summer), 2h);
  }
  {
    const ProcessZone process("No/Such_Place");
    EXPECT_EQ(LocalZone().offset_at(winter), 0h);
  }
}

TEST(LocalZone, KnowsSummerTimeBeyondTheTableOfTransitions) {
  const ProcessZone process("Europe/Berlin");
  EXPECT_EQ(LocalZone().offset_at(sys_days{2090y / 7 / 15}), 2h);
  EXPECT_EQ(LocalZone().offset_at(sys_days{2090y / 1 / 15}), 1h);
}

TEST(Stretch, EndsAtTheSecondOfTheChange) {
  const DatabaseZone berlin("Europe/Berlin");
  const sys_seconds change = sys_days{2026y / 3 / 29} + 1h;
  for (const auto before : {1s, 2s, 59s, 3600s, 21'599s}) {
    const auto stretch = stretch_from(berlin, change - before);
    EXPECT_EQ(stretch.end, change) << before.count();
    EXPECT_EQ(stretch.offset, 1h);
  }
  const auto after = stretch_from(berlin, change);
  EXPECT_EQ(after.offset, 2h);
  EXPECT_GT(after.end, change);
}

}  // namespace
}  // namespace trackalert::schedule
