// SPDX-License-Identifier: Apache-2.0
// When cron expressions fire: by example.
#include <gtest/gtest.h>

#include <sstream>

#include "schedule/cron.h"
#include "schedule/test_zones.h"

namespace trackalert::schedule {
namespace {

using base::WallTime;
using namespace std::chrono_literals;

std::string print(const std::optional<WallTime>& time) {
  return time ? date::format("%F %T", std::chrono::floor<std::chrono::seconds>(*time)) : "never";
}

WallTime utc(const std::string& text) {
  std::istringstream in(text);
  std::chrono::sys_seconds time;
  in >> date::parse("%F %T", time);
  EXPECT_TRUE(in) << text;
  return time;
}

CronExpression cron(std::string_view text) {
  return CronExpression::parse(text).value();
}

/// The next `count` firings, as UTC, each on a line.
std::string firings(std::string_view expression, const char* zone_name, const std::string& after, int count) {
  const DatabaseZone zone(zone_name);
  const auto parsed = cron(expression);
  std::string lines;
  std::optional<WallTime> time = utc(after);
  for (int i = 0; i < count && time; ++i) {
    time = parsed.next_after(*time, zone);
    lines += print(time) + "\n";
  }
  return lines;
}

std::string in_utc(std::string_view expression, const std::string& after, int count = 1) {
  return firings(expression, "UTC", after, count);
}

TEST(CronNext, IsTheNextFullMinuteAndLaterThanNow) {
  EXPECT_EQ(in_utc("* * * * *", "2026-11-24 03:45:01"), "2026-11-24 03:46:00\n");
  EXPECT_EQ(in_utc("* * * * *", "2026-11-24 03:45:00"), "2026-11-24 03:46:00\n");
  const DatabaseZone zone("UTC");
  EXPECT_EQ(print(cron("* * * * *").next_after(utc("2026-11-24 03:45:00") - 1us, zone)), "2026-11-24 03:45:00");
  EXPECT_EQ(print(cron("0 12 * * *").next_after(utc("2026-11-24 12:00:00") + 1us, zone)), "2026-11-25 12:00:00");
}

TEST(CronNext, FollowsEveryField) {
  EXPECT_EQ(in_utc("5 4 * * *", "2026-11-24 04:05:00"), "2026-11-25 04:05:00\n");
  EXPECT_EQ(in_utc("*/20 9-10 * * *", "2026-11-24 09:30:00", 4),
            "2026-11-24 09:40:00\n2026-11-24 10:00:00\n2026-11-24 10:20:00\n2026-11-24 10:40:00\n");
  EXPECT_EQ(in_utc("30 23 31 12 *", "2026-12-31 23:30:00"), "2027-12-31 23:30:00\n");
  EXPECT_EQ(in_utc("0 0 31 * *", "2026-01-31 00:00:00", 3),
            "2026-03-31 00:00:00\n2026-05-31 00:00:00\n2026-07-31 00:00:00\n");
  EXPECT_EQ(in_utc("0 0 * * mon-fri", "2026-11-27 00:00:00", 2), "2026-11-30 00:00:00\n2026-12-01 00:00:00\n");
  EXPECT_EQ(in_utc("0 0 * * 7", "2026-11-24 00:00:00"), "2026-11-29 00:00:00\n");
  EXPECT_EQ(in_utc("0 0 * * fri-sun", "2026-11-27 00:00:00", 3),
            "2026-11-28 00:00:00\n2026-11-29 00:00:00\n2026-12-04 00:00:00\n");
  EXPECT_EQ(in_utc("@hourly", "2026-12-31 22:59:59", 2), "2026-12-31 23:00:00\n2027-01-01 00:00:00\n");
  EXPECT_EQ(in_utc("@yearly", "2026-11-24 00:00:00"), "2027-01-01 00:00:00\n");
  EXPECT_EQ(in_utc("@monthly", "2026-11-24 00:00:00"), "2026-12-01 00:00:00\n");
  EXPECT_EQ(in_utc("@weekly", "2026-11-24 00:00:00"), "2026-11-29 00:00:00\n");
}

TEST(CronNext, CombinesDaysAsCronDoes) {
  // Both restricted: the first of January, and every Sunday in January.
  EXPECT_EQ(in_utc("5 4 1 1 0", "2026-11-24 00:00:00", 3),
            "2027-01-01 04:05:00\n2027-01-03 04:05:00\n2027-01-10 04:05:00\n");
  EXPECT_EQ(in_utc("0 0 13 * 5", "2026-11-24 00:00:00", 4),
            "2026-11-27 00:00:00\n2026-12-04 00:00:00\n2026-12-11 00:00:00\n2026-12-13 00:00:00\n");
  // A field that begins with * is not restricted, so both must match: Mondays with an odd date.
  EXPECT_EQ(in_utc("0 0 */2 * 1", "2026-11-01 00:00:00", 3),
            "2026-11-09 00:00:00\n2026-11-23 00:00:00\n2026-12-07 00:00:00\n");
  EXPECT_EQ(in_utc("0 0 1 * */2", "2026-11-02 00:00:00"), "2026-12-01 00:00:00\n");
  // Both restricted and the date impossible: the weekday is enough.
  EXPECT_EQ(in_utc("0 0 31 2 1", "2026-11-24 00:00:00"), "2027-02-01 00:00:00\n");
}

TEST(CronNext, FindsLeapDaysAcrossCenturies) {
  EXPECT_EQ(in_utc("0 0 29 2 *", "2096-02-29 00:00:00"), "2104-02-29 00:00:00\n");
  EXPECT_EQ(in_utc("0 0 29 2 *", "1996-02-29 00:00:00"), "2000-02-29 00:00:00\n");
  // 29 February on a Sunday: every 28 years, and 40 across a century without a leap day.
  EXPECT_EQ(in_utc("0 0 29 2 */7", "2026-11-24 00:00:00", 4),
            "2032-02-29 00:00:00\n2060-02-29 00:00:00\n2088-02-29 00:00:00\n2128-02-29 00:00:00\n");
}

TEST(CronNext, IsNoneWhereNoClockIsRight) {
  EXPECT_EQ(in_utc("* * * * *", "9001-01-01 00:00:00"), "never\n");
  EXPECT_EQ(in_utc("* * * * *", "1899-12-31 00:00:00"), "never\n");
  const DatabaseZone zone("UTC");
  EXPECT_EQ(cron("* * * * *").next_after(WallTime::max(), zone), std::nullopt);
  EXPECT_EQ(cron("0 0 * * *").next_after(WallTime::min(), zone), std::nullopt);
  EXPECT_EQ(in_utc("* * * * *", "1970-01-01 00:00:00"), "1970-01-01 00:01:00\n");
}

// Berlin: 2026-03-29 02:00 becomes 03:00 (01:00 UTC); 2026-10-25 03:00 becomes 02:00 (01:00 UTC).

TEST(CronNext, RunsOnceRightAfterASkippedHour) {
  EXPECT_EQ(firings("30 2 * * *", "Europe/Berlin", "2026-03-27 12:00:00", 3),
            "2026-03-28 01:30:00\n2026-03-29 01:00:00\n2026-03-30 00:30:00\n");
  EXPECT_EQ(firings("0,15,45 2,3 * * *", "Europe/Berlin", "2026-03-28 23:00:00", 3),
            "2026-03-29 01:00:00\n2026-03-29 01:15:00\n2026-03-29 01:45:00\n")
      << "all of the skipped hour, and 03:00, are one run";
  EXPECT_EQ(firings("30 2 29 3 *", "Europe/Berlin", "2026-03-29 00:59:59", 2),
            "2026-03-29 01:00:00\n2027-03-29 00:30:00\n");
}

TEST(CronNext, RunsOnceInARepeatedHour) {
  EXPECT_EQ(firings("30 2 * * *", "Europe/Berlin", "2026-10-24 12:00:00", 2),
            "2026-10-25 00:30:00\n2026-10-26 01:30:00\n");
  EXPECT_EQ(firings("0 2,3 * * *", "Europe/Berlin", "2026-10-24 12:00:00", 3),
            "2026-10-25 00:00:00\n2026-10-25 02:00:00\n2026-10-26 01:00:00\n");
  EXPECT_EQ(firings("30 2 * * *", "Europe/Berlin", "2026-10-25 01:15:00", 1), "2026-10-26 01:30:00\n")
      << "asked in the second pass of the hour";
}

TEST(CronNext, FollowsElapsedTimeIfMinuteOrHourBeginWithAStar) {
  EXPECT_EQ(firings("*/30 * * * *", "Europe/Berlin", "2026-03-29 00:20:00", 3),
            "2026-03-29 00:30:00\n2026-03-29 01:00:00\n2026-03-29 01:30:00\n");
  EXPECT_EQ(
      firings("*/30 * * * *", "Europe/Berlin", "2026-10-24 23:50:00", 5),
      "2026-10-25 00:00:00\n2026-10-25 00:30:00\n2026-10-25 01:00:00\n2026-10-25 01:30:00\n2026-10-25 02:00:00\n");
  EXPECT_EQ(firings("*/30 2 * * *", "Europe/Berlin", "2026-03-28 12:00:00", 1), "2026-03-30 00:00:00\n");
  EXPECT_EQ(
      firings("*/30 2 * * *", "Europe/Berlin", "2026-10-24 12:00:00", 5),
      "2026-10-25 00:00:00\n2026-10-25 00:30:00\n2026-10-25 01:00:00\n2026-10-25 01:30:00\n2026-10-26 01:00:00\n");
  EXPECT_EQ(firings("30 * 25 10 *", "Europe/Berlin", "2026-10-25 00:30:00", 2),
            "2026-10-25 01:30:00\n2026-10-25 02:30:00\n");
}

TEST(CronNext, NeverFiresAtATimeThatTheZoneAlwaysSkips) {
  // A 31 March that is a Sunday is the last Sunday of March, and the clock goes from 02:00 to 03:00.
  const ProcessZone process("Europe/Berlin");
  EXPECT_EQ(print(cron("* 2 31 3 */7").next_after(utc("2026-03-29 00:00:00"), LocalZone())), "never");
  EXPECT_EQ(firings("* 2 31 3 */7", "UTC", "2026-03-29 00:00:00", 1), "2030-03-31 02:00:00\n");
  EXPECT_EQ(firings("0 2 31 3 */7", "Europe/Berlin", "2026-03-29 00:00:00", 1), "2030-03-31 01:00:00\n");
}

TEST(CronNext, KnowsOtherPlaces) {
  // New York: 2026-03-08 07:00 UTC and 2026-11-01 06:00 UTC.
  EXPECT_EQ(firings("30 2 * * *", "America/New_York", "2026-03-07 12:00:00", 2),
            "2026-03-08 07:00:00\n2026-03-09 06:30:00\n");
  EXPECT_EQ(firings("30 1 * * *", "America/New_York", "2026-10-31 12:00:00", 2),
            "2026-11-01 05:30:00\n2026-11-02 06:30:00\n");
  // Lord Howe: half an hour of summer time. 2026-04-05 02:00 becomes 01:30 (15:00 UTC the day before),
  // 2026-10-04 02:00 becomes 02:30 (15:30 UTC the day before).
  EXPECT_EQ(firings("15,45 1,2 * * *", "Australia/Lord_Howe", "2026-04-04 14:00:00", 4),
            "2026-04-04 14:15:00\n2026-04-04 14:45:00\n2026-04-04 15:45:00\n2026-04-04 16:15:00\n");
  EXPECT_EQ(
      firings("*/15 1 * * *", "Australia/Lord_Howe", "2026-04-04 14:20:00", 5),
      "2026-04-04 14:30:00\n2026-04-04 14:45:00\n2026-04-04 15:00:00\n2026-04-04 15:15:00\n2026-04-05 14:30:00\n");
  EXPECT_EQ(firings("15,45 2 * * *", "Australia/Lord_Howe", "2026-10-03 14:00:00", 2),
            "2026-10-03 15:30:00\n2026-10-03 15:45:00\n");
  // Havana: midnight becomes 01:00, so the day has no midnight; in autumn 01:00 becomes midnight again.
  EXPECT_EQ(firings("0 0 * * *", "America/Havana", "2024-03-09 12:00:00", 2),
            "2024-03-10 05:00:00\n2024-03-11 04:00:00\n");
  EXPECT_EQ(firings("0 0 * * *", "America/Havana", "2024-11-02 12:00:00", 2),
            "2024-11-03 04:00:00\n2024-11-04 05:00:00\n");
}

TEST(CronNext, SurvivesADayThatAZoneLeftOut) {
  // Apia had no 30 December 2011: from 10:00 UTC on its clock was a day further.
  EXPECT_EQ(firings("0 12 * * *", "Pacific/Apia", "2011-12-29 00:00:00", 3),
            "2011-12-29 22:00:00\n2011-12-30 10:00:00\n2011-12-30 22:00:00\n");
  EXPECT_EQ(firings("*/15 12 * * *", "Pacific/Apia", "2011-12-29 22:40:00", 2),
            "2011-12-29 22:45:00\n2011-12-30 22:00:00\n");
}

}  // namespace
}  // namespace trackalert::schedule
