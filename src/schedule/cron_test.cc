// SPDX-License-Identifier: Apache-2.0
// What parses, and what does not. When it fires is in cron_next_test.cc.
#include "schedule/cron.h"

#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <sstream>

#include "base/json_value.h"
#include "base/log.h"

namespace trackalert::schedule {
namespace {

std::string outcome(std::string_view text) {
  const auto cron = CronExpression::parse(text);
  return cron ? "ok" : cron.error().message;
}

/// Where we do not say what the original says, and why.
const std::map<std::string, std::string> our_outcome = {
    // It hangs.
    {"5 4 1 1 0", "ok"},
    {"0 0 31 2 *", "cron expression never fires: 0 0 31 2 *"},
    // It has no such syntax.
    {"*/5 * * * *", "ok"},
    {"* * * * 7", "ok"},
    {"* * * * MON", "ok"},
    {"* * * JAN *", "ok"},
    {"@daily", "ok"},
    // It takes the number in front and drops the rest.
    {"5x * * * *", "malformed cron string: 5x * * * * (minute '5x')"},
    {"0x5 * * * *", "malformed cron string: 0x5 * * * * (minute '0x5')"},
    {"+5 * * * *", "malformed cron string: +5 * * * * (minute '+5')"},
    // It says "stoi".
    {"** * * * *", "malformed cron string: ** * * * * (minute '**')"},
    {"? * * * *", "malformed cron string: ? * * * * (minute '?')"},
    {"99999999999 * * * *", "cron out of range: 99999999999 * * * *"},
};

TEST(CronExpression, ParsesAsTheOriginalDoesOrBetter) {
  std::ifstream file("src/schedule/testdata/cron.json");
  std::stringstream text;
  text << file.rdbuf();
  const auto table = base::parse_json(text.str());
  ASSERT_TRUE(table) << table.error().message;
  std::size_t differences = 0;
  for (const auto& row : *table->as_array()) {
    const std::string& given = *row.as_array()->at(0).as_string();
    const std::string& theirs = *row.as_array()->at(1).as_string();
    if (const auto ours = our_outcome.find(given); ours != our_outcome.end()) {
      EXPECT_EQ(outcome(given), ours->second);
      ++differences;
    } else {
      EXPECT_EQ(theirs.empty() ? "" : "Caught exception: ", theirs.substr(0, 18));
      EXPECT_EQ(outcome(given), theirs.empty() ? "ok" : theirs.substr(18)) << given;
    }
  }
  EXPECT_GT(table->as_array()->size(), 35U);
  EXPECT_EQ(differences, our_outcome.size());
}

TEST(CronExpression, TakesListsRangesStepsNamesAndNicknames) {
  for (const char* good : {"0,15,30,45 * * * *",
                           "0-59 0-23 1-31 1-12 0-7",
                           "*/60 * * * *",
                           "*/1 */24 */31 */12 */7",
                           "10-50/10,7 * * * *",
                           "0 0 * jan-Mar,DEC *",
                           "0 0 * * mon-fri",
                           "0 0 * * Mon,wEd,5",
                           "0 0 * * 5-7",
                           "0 0 * * fri-sun",
                           "0 0 * * 6-0",
                           "*,5 * * * *",
                           "0000000005 * * * *",
                           "@yearly",
                           "@annually",
                           "@monthly",
                           "@weekly",
                           "@daily",
                           "@midnight",
                           "@hourly",
                           " \t@hourly ",
                           "0 0 29 2 *",
                           "0 0 29,30,31 2 *",
                           "0 0 31 2,3 *",
                           "0 0 31 2 1"}) {
    EXPECT_EQ(outcome(good), "ok") << good;
  }
}

TEST(CronExpression, NamesTheFieldThatIsMalformed) {
  const std::map<std::string, std::string> faults = {
      {"1-,2 * * * *", "minute"},      {"1,,2 * * * *", "minute"},
      {", * * * *", "minute"},         {"1, * * * *", "minute"},
      {"5/10 * * * *", "minute"},      {"*/ * * * *", "minute"},
      {"*/x * * * *", "minute"},       {"*/5/5 * * * *", "minute"},
      {"*-5 * * * *", "minute"},       {"1-2-3 * * * *", "minute"},
      {"50-10 * * * *", "minute"},     {"jan * * * *", "minute"},
      {"* mon * * *", "hour"},         {"* 1.5 * * *", "hour"},
      {"* 5x-7 * * *", "hour"},        {"* * L * *", "day of month"},
      {"* * 15W * *", "day of month"}, {"* * * mon *", "month"},
      {"* * * january *", "month"},    {"* * * * jan", "day of week"},
      {"* * * * 5#3", "day of week"},  {"* * * * sat-fri", "day of week"},
      {"* * * * mo", "day of week"},
  };
  for (const auto& [text, field] : faults) {
    const std::string expected = "malformed cron string: " + text + " (" + field + " '";
    EXPECT_EQ(outcome(text).substr(0, expected.size()), expected) << outcome(text);
  }
}

TEST(CronExpression, TellsOutOfRangeFromMalformed) {
  for (const char* text :
       {"*/0 * * * *", "*/61 * * * *", "0-60 * * * *", "60-61 * * * *", "* */25 * * *", "* * 0-5 * *", "* * 1-32 * *",
        "* * */32 * *", "* * * 0-12 *", "* * * * 8", "* * * * 0-8", "* * * * */8", "*/-5 * * * *", "1--5 * * * *",
        "4294967297 * * * *", "* 18446744073709551617 * * *"}) {
    EXPECT_EQ(outcome(text), "cron out of range: " + std::string(text));
  }
}

TEST(CronExpression, RefusesDatesThatNoCalendarHas) {
  for (const char* text : {"0 0 30 2 *", "0 0 31 2 *", "0 0 30,31 feb *", "0 0 31 2,4,6,9,11 *", "* * 31 4 *",
                           "0 0 31 jun */2", "0 0 30-31/1 2 */7"}) {
    EXPECT_EQ(outcome(text), "cron expression never fires: " + std::string(text));
  }
}

TEST(CronExpression, RefusesTheWrongNumberOfFields) {
  for (const char* text : {" ", "\t", "5", "* * * * * * *", "@", "@reboot", "@Daily", "@daily *", "@every_minute"}) {
    EXPECT_EQ(outcome(text), "malformed cron string: " + base::escape_control(text));
  }
}

TEST(CronExpression, IsBoundedAndItsErrorsStayOnOneLine) {
  EXPECT_EQ(outcome("*\n* * * * *"), "malformed cron string: *\\n* * * * * (minute '*\\n*')");
  std::string list = "1";
  while (list.size() + 10 < 1024) list += ",1";
  EXPECT_EQ(outcome(list + " * * * *"), "ok");
  EXPECT_EQ(CronExpression::parse(list + " * * * *")->text(), list.substr(0, 200));
  EXPECT_EQ(outcome(std::string(1'000'000, '1')), "malformed cron string: " + std::string(200, '1'));
  EXPECT_EQ(outcome(std::string("0 0 * * *\0", 10)), "malformed cron string: 0 0 * * *\\x00 (day of week '*\\x00')");
}

}  // namespace
}  // namespace trackalert::schedule
