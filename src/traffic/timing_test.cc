// SPDX-License-Identifier: Apache-2.0
#include "traffic/timing.h"

#include <gtest/gtest.h>

namespace trackalert::traffic {
namespace {

constexpr Time monday = 1'767'571'200 * second;  // 2026-01-05T00:00:00Z

TEST(LocalTime, KnowsTheDayOfTheWeek) {
  EXPECT_EQ(LocalTime(monday, 0).weekday, 0U);
  EXPECT_EQ(LocalTime(monday - 1, 0).weekday, 6U);
  EXPECT_EQ(LocalTime(monday + 5 * day, 0).weekday, 5U);
  EXPECT_EQ(LocalTime(0, 0).weekday, 3U);
}

TEST(LocalTime, IsTheCountrys) {
  EXPECT_EQ(LocalTime(monday, 330).hour_of_day, 5U);
  const LocalTime new_york(monday, -300);
  EXPECT_EQ(new_york.hour_of_day, 19U);
  EXPECT_EQ(new_york.weekday, 6U);
}

TEST(Busyness, FollowsDayAndWeek) {
  const auto at = [](Time time) { return LocalTime(time, 0); };
  EXPECT_GT(busyness(Role::office, at(monday + 10 * hour), 0), 80U);
  EXPECT_LT(busyness(Role::office, at(monday + 5 * day + 10 * hour), 0), 10U);
  EXPECT_EQ(busyness(Role::office, at(monday + 2 * hour), 0), 0U);
  EXPECT_GT(busyness(Role::office, at(monday + 18 * hour), 8), 80U) << "the late shift";
  EXPECT_GT(busyness(Role::phone, at(monday + 3 * hour), 0), 5U) << "phones poll by night";
  EXPECT_GT(busyness(Role::desktop, at(monday + 19 * hour), 0), busyness(Role::desktop, at(monday + 10 * hour), 0));
}

TEST(Busyness, NeverExceedsWhole) {
  for (const auto role : {Role::desktop, Role::office, Role::phone, Role::browser}) {
    unsigned sum = 0;
    for (unsigned h = 0; h < 24 * 7; ++h) {
      const unsigned now = busyness(role, LocalTime(monday + h * hour, 0), 0);
      EXPECT_LE(now, 100U);
      sum += now;
    }
    EXPECT_EQ(mean_busyness(role), sum / (24 * 7));
  }
}

}  // namespace
}  // namespace trackalert::traffic
