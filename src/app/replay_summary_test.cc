// SPDX-License-Identifier: Apache-2.0
#include "app/replay_summary.h"

#include <gmock/gmock.h>

#include "base/json_value.h"

namespace trackalert::app {
namespace {

using testing::HasSubstr;
using testing::Not;

ReplaySummary made() {
  ReplaySummary out;
  out.counts = {.reports = 10,
                .late = 1,
                .oldest = history::Time{1'795'000'000} * history::second,
                .newest = history::Time{1'795'172'800} * history::second,
                .background_runs = 3};
  out.alerts = 4;
  auto& rule = out.rules["spray"];
  rule = {.alerts = 4, .accounts = 3, .sources = 2, .noisiest = {{"remote:192.0.2.1", 3, 9}, {"a\x1b[2J", 1, 7}}};
  rule.by_severity[detect::Severity::high] = 4;
  out.failures["function [report]"] = {2, "here"};
  out.logged.lines[4] = 5;
  out.passed_over.reasons[0] = {2, "in, line 7: bad"};
  return out;
}

TEST(ReplaySummaryText, SaysWhatThereWas) {
  const auto text = summary_text(made());
  EXPECT_THAT(text, HasSubstr("10 reports judged, 2026-11-18T11:06:40Z to 2026-11-20T11:06:40Z (2.0 days); 2 lines"));
  EXPECT_THAT(text, HasSubstr("  no JSON: 2 (the first: in, line 7: bad)\n"));
  EXPECT_THAT(text, HasSubstr("1 reports came more than 10 minutes late"));
  EXPECT_THAT(text, HasSubstr("Lua function [report] failed 2 times, first: here\n"));
  EXPECT_THAT(text,
              HasSubstr("\nrule     alerts     a day   accounts   sources  noisiest\n"
                        "spray         4      2.00          3         2  remote:192.0.2.1 (3 alerts), a\\x1b[2J (7x)\n"
                        "all           4      2.00\n"));
  EXPECT_THAT(text, Not(HasSubstr("webhooks")));
}

TEST(ReplaySummaryText, SaysThatThereWasNothing) {
  EXPECT_EQ(summary_text({}), "0 reports judged; 0 lines passed over\nNo alerts.\n");
}

TEST(ReplaySummaryJson, SaysTheSame) {
  const auto parsed = base::parse_json(summary_json(made()));
  ASSERT_TRUE(parsed);
  EXPECT_EQ(*parsed->find("reports")->as_number(), 10);
  EXPECT_EQ(*parsed->find("days")->as_number(), 2);
  EXPECT_EQ(*parsed->find("passed_over")->find("bad_json")->find("lines")->as_number(), 2);
  const auto& rule = parsed->find("rules")->as_array()->front();
  EXPECT_EQ(*rule.find("by_severity")->find("high")->as_number(), 4);
  EXPECT_EQ(*rule.find("alerts_per_day")->as_number(), 2);
  EXPECT_EQ(*parsed->find("lua_errors")->find("function [report]")->find("count")->as_number(), 2);
}

TEST(ShownIn, CutsBetweenCharacters) {
  EXPECT_EQ(shown_in("abc", 3), "abc");
  EXPECT_EQ(shown_in("abcd", 3), "ab\u2026");
  EXPECT_EQ(shown_in("\u00e4\u00f6\u00fc", 3), "\u00e4\u00f6\u00fc");
  EXPECT_EQ(shown_in("\u00e4\u00f6\u00fc\u00df", 3), "\u00e4\u00f6\u2026");
  EXPECT_EQ(shown_in("\x1b", 10), "\\x1b");
  EXPECT_EQ(shown_in("", 3), "");
}

}  // namespace
}  // namespace trackalert::app
