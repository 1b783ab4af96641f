// SPDX-License-Identifier: Apache-2.0
#include "history/time_text.h"

#include <gtest/gtest.h>

#include <limits>

namespace trackalert::history {
namespace {

constexpr Time now = 1'795'000'000 * second;

TEST(TimeText, Durations) {
  EXPECT_EQ(parse_duration("90s"), 90 * second);
  EXPECT_EQ(parse_duration("15m"), 15 * minute);
  EXPECT_EQ(parse_duration("1h"), hour);
  EXPECT_EQ(parse_duration("30d"), 30 * day);
  EXPECT_EQ(parse_duration("2w"), 14 * day);
  EXPECT_EQ(parse_duration("0s"), 0);
  EXPECT_EQ(parse_duration("36525d"), 36'525 * day);
  for (const auto* text : {"", "s", "5", "5x", "-5s", "+5s", " 5s", "5s ", "5 s", "1.5h", "36526d", "5ms",
                           "99999999999999999999s", "1h30m"}) {
    EXPECT_FALSE(parse_duration(text)) << text;
  }
  EXPECT_EQ(parse_duration("5\n").error().message, "not a duration such as 90s, 15m, 1h, 30d or 2w: 5\\n");
}

TEST(TimeText, AnEndIsASpanFromNowOrAMoment) {
  EXPECT_EQ(parse_end("30d", now), now + 30 * day);
  EXPECT_EQ(parse_end("1970-01-02", now), day);
  EXPECT_EQ(parse_end("now", now), now);
  EXPECT_FALSE(parse_end("soon", now));
}

TEST(TimeText, TimesInEveryForm) {
  EXPECT_EQ(parse_time("now", now), now);
  EXPECT_EQ(parse_time("30d", now), now - 30 * day);
  EXPECT_EQ(parse_time("1970-01-02", now), day);
  EXPECT_EQ(parse_time("1970-01-01T00:00:01Z", now), second);
  EXPECT_EQ(parse_time("1970-01-01 00:01", now), minute);
  EXPECT_EQ(parse_time("1970-01-01T01:00:00+01:00", now), 0);
  EXPECT_EQ(parse_time("1970-01-01T00:00:00-0130", now), 90 * minute);
  EXPECT_EQ(parse_time("1970-01-01T00:00:00.5", now), second / 2);
  EXPECT_EQ(parse_time("1970-01-01T00:00:00.1234567Z", now), 123'456);
  EXPECT_EQ(parse_time("2024-02-29", now), 1'709'164'800 * second);
  EXPECT_EQ(parse_time("1795000000.5", now), now + second / 2);
  EXPECT_EQ(parse_time("-1", now), -second);
  EXPECT_EQ(parse_time("2026", now), 2026 * second);
}

TEST(TimeText, WhatIsNoTime) {
  for (const auto* text : {"",
                           "yesterday",
                           "2026-13-01",
                           "2026-02-29",
                           "2026-1-1",
                           "2026-01-01T",
                           "2026-01-01T24:00",
                           "2026-01-01T00:60",
                           "2026-01-01T00:00:60",
                           "2026-01-01T00:00:00.",
                           "2026-01-01T00:00:00X",
                           "2026-01-01T00:00:00Zx",
                           "2026-01-01T00:00+1",
                           "2026-01-01Z",
                           "1e300",
                           "nan",
                           "inf",
                           "0x10",
                           "1795000000x",
                           " 1"}) {
    EXPECT_FALSE(parse_time(text, now)) << text;
  }
  EXPECT_EQ(parse_time("x", now).error().message,
            "not a time such as 30d (ago), 2026-11-01T00:00:00Z or 1795000000.5: x");
}

TEST(TimeText, SecondsAreRoundedToMicroseconds) {
  EXPECT_EQ(time_from_seconds(1'795'488'195.4909329), 1'795'488'195'490'933);
  EXPECT_EQ(time_from_seconds(-0.0000006), -1);
  EXPECT_EQ(time_from_seconds(1e13), std::nullopt);
  EXPECT_EQ(time_from_seconds(std::numeric_limits<double>::quiet_NaN()), std::nullopt);
  EXPECT_EQ(time_from_seconds(-std::numeric_limits<double>::infinity()), std::nullopt);
}

TEST(TimeText, WritesWhatItReads) {
  EXPECT_EQ(format_time(1'795'590'736'123'456), "2026-11-25T07:12:16.123456Z");
  EXPECT_EQ(format_time(0), "1970-01-01T00:00:00.000000Z");
  EXPECT_EQ(format_time(-1), "1969-12-31T23:59:59.999999Z");
  EXPECT_EQ(format_time(253'402'300'800 * second), "253402300800");
  EXPECT_EQ(format_seconds(now + second / 2), "1795000000.5");
  EXPECT_EQ(format_seconds(now), "1795000000");
  EXPECT_EQ(format_seconds(0), "0");
  EXPECT_EQ(format_seconds(-1), "-0.000001");
  EXPECT_EQ(format_seconds(std::numeric_limits<Time>::min()), "-9223372036854.775808");
  for (const Time time :
       {Time{0}, Time{-1}, now, now + 123'456, Time{-62'167'219'200} * second, Time{253'402'300'800} * second}) {
    EXPECT_EQ(parse_time(format_time(time), now), time) << format_time(time);
    EXPECT_EQ(parse_time(format_seconds(time), now), time) << format_seconds(time);
  }
}

}  // namespace
}  // namespace trackalert::history
