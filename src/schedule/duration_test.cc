// SPDX-License-Identifier: Apache-2.0
#include "schedule/duration.h"

#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <sstream>

#include "base/json_value.h"

namespace trackalert::schedule {
namespace {

using std::chrono::seconds;

std::string outcome(std::string_view text) {
  const auto duration = parse_duration(text);
  return duration ? std::to_string(duration->count()) : duration.error().message;
}

std::string refused(std::string_view text) {
  return "Cannot parse duration string: " + std::string(text);
}

/// What the original makes a number of, and we an error.
const std::map<std::string, const char*> refused_by_us = {
    {"99999999999", "longer than the clock can count; the original's number was negative"},
    {"5h", "a unit that is ignored: reads as five hours by luck"},
    {"5m", "a unit that is ignored: five hours, not minutes"},
    {"1d", "a unit that is ignored: one hour, not a day"},
    {"01:30:00x", "garbage behind"},
    {"01:30:00.5x", "garbage behind"},
    {"01:30:00:00", "a fourth field that is ignored"},
    {"5:001", "three digits, of which the last is ignored"},
    {"5:100", "three digits, of which the last is ignored"},
    {"01:02:003", "three digits, of which the last is ignored"},
    {"01:02:100", "three digits, of which the last is ignored"},
    {"01-30-00", "not the documented separator"},
    {"0x10", "neither hexadecimal nor hours"},
};

TEST(Duration, IsReadAsTheOriginalReadsIt) {
  std::ifstream file("src/schedule/testdata/durations.json");
  std::stringstream text;
  text << file.rdbuf();
  const auto table = base::parse_json(text.str());
  ASSERT_TRUE(table) << table.error().message;
  std::size_t differences = 0;
  for (const auto& row : *table->as_array()) {
    const std::string& given = *row.as_array()->at(0).as_string();
    const std::string& expected = *row.as_array()->at(1).as_string();
    const auto duration = parse_duration(given);
    if (const auto reason = refused_by_us.find(given); reason != refused_by_us.end()) {
      EXPECT_FALSE(duration) << given << ": " << reason->second;
      ++differences;
    } else {
      // The table was taken through durationToSeconds, which answers 0 where it cannot parse.
      EXPECT_EQ(std::to_string(duration.value_or(seconds{0}).count()), expected) << given;
    }
  }
  EXPECT_EQ(table->as_array()->size(), 60U);
  EXPECT_EQ(differences, refused_by_us.size());
}

TEST(Duration, TellsZeroFromGarbage) {
  for (const char* zero : {"0", "00", "00:00", "0:00:00", "00:00:00", "00:00:00.9", "0:"})
    EXPECT_EQ(outcome(zero), "0");
  for (const char* garbage :
       {"",       ":30",  "::30",    "0::30", "-1",        "+1",        "5:1",     "1:02:3",       "1:2:3",
        "1:2:03", "1.5",  "1e3",     "5 6",   "-01:00:00", "+01:00:00", "12:30pm", "\xef\xbc\x91", "5 :01",
        "5: 01",  "5:-1", "1:+1:00", "."}) {
    EXPECT_EQ(outcome(garbage), refused(garbage));
  }
}

TEST(Duration, IgnoresBlanksAroundEmptyLastFieldsAndFractions) {
  EXPECT_EQ(outcome(" \t1:30:00\r\n"), "5400");
  EXPECT_EQ(outcome("1:"), "3600");
  EXPECT_EQ(outcome("1:30:"), "5400");
  EXPECT_EQ(outcome("00:00:01,5"), "1");
  EXPECT_EQ(outcome("00:00:01."), "1");
  EXPECT_EQ(outcome("1:99:99"), "9639");
  EXPECT_EQ(outcome("00:01.5"), refused("00:01.5")) << "a fraction of minutes is not documented";
}

TEST(Duration, IsBoundedByTheClock) {
  EXPECT_EQ(outcome("2562047786:99:99"), std::to_string(2562047786LL * 3600 + 99 * 60 + 99));
  EXPECT_EQ(outcome("2562047789"), refused("2562047789"));
  EXPECT_EQ(outcome("9223372036854775807"), refused("9223372036854775807"));
  EXPECT_EQ(outcome("18446744073709551617"), refused("18446744073709551617"));
  EXPECT_EQ(outcome(std::string(500, '0') + "1"), "3600");
}

TEST(Duration, SaysWhatItCannotParseOnOneShortLine) {
  EXPECT_EQ(outcome("5\n6"), refused("5\\n6"));
  EXPECT_EQ(outcome(std::string(100'000, 'x')), refused(std::string(200, 'x')));
}

}  // namespace
}  // namespace trackalert::schedule
