// SPDX-License-Identifier: Apache-2.0
#include "history/table_text.h"

#include <gtest/gtest.h>

namespace trackalert::history {
namespace {

constexpr Time now = Time{1'795'000'000} * second;

Event event_of(std::string login, std::string_view remote) {
  Event event;
  event.sequence = 1;
  event.time = now + 123'456;
  event.report.login = std::move(login);
  if (!remote.empty()) event.report.remote = *base::parse_address(remote);
  event.report.protocol = "imap";
  return event;
}

std::size_t widest_line(const std::string& text) {
  std::size_t widest = 0;
  for (std::size_t at = 0; at < text.size();) {
    const auto end = text.find('\n', at);
    widest = std::max(widest, end - at);
    at = end + 1;
  }
  return widest;
}

TEST(TableText, EventsInColumns) {
  auto good = event_of("ahu", "192.0.2.1");
  good.report.success = true;
  good.place.country_code = "DE";
  good.place.asn = 64500;
  good.report.device_attrs = {{"os.family", "Linux"}};
  auto bad = event_of("k\u00e4se", "2001:db8:1:2:3:4:5:6");
  bad.report.fail_type = "credentials";
  bad.report.policy_reject = true;
  EXPECT_EQ(table_text(Answer{EventsAnswer{{good, bad}, Cursor{5, 6}}, false}),
            "time                         login  remote                result                          protocol  "
            "country    asn  device\n"
            "2026-11-18T11:06:40.123456Z  ahu    192.0.2.1             success                         imap      "
            "DE       64500  Linux / - / -\n"
            "2026-11-18T11:06:40.123456Z  k\u00e4se   2001:db8:1:2:3:4:5:6  failure, rejected, credentials  imap\n"
            "More behind cursor 5-6\n");
}

TEST(TableText, NumbersStandRight) {
  EXPECT_EQ(table_text(Answer{CountAnswer{12, 3}, true}),
            "successes  failures  total\n"
            "       12         3     15\n"
            "(approximate)\n");
  EXPECT_EQ(table_text(Answer{TopAnswer{{{"192.0.2.1", 1000}, {"::1", 7}}}, false}),
            "score  value\n"
            " 1000  192.0.2.1\n"
            "    7  ::1\n");
  EXPECT_EQ(table_text(Answer{SeriesAnswer{{{now, 1, 2}}}, false}),
            "from                  successes  failures  total\n"
            "2026-11-18T11:06:40Z          1         2      3\n");
  EXPECT_EQ(table_text(Answer{SignificantAnswer{{{"64500", 4.256, 10, 12}}}, false}),
            "score  within  overall  value\n"
            " 4.26      10       12  64500\n");
  EXPECT_EQ(table_text(Answer{DistinctAnswer{5}, false}), "5 different values\n");
  EXPECT_EQ(table_text(Answer{DistinctAnswer{1}, false}), "1 different value\n");
}

TEST(TableText, NothingIsSaidInWords) {
  EXPECT_EQ(table_text(Answer{CountAnswer{}, false}), "No reports.\n");
  EXPECT_EQ(table_text(Answer{EventsAnswer{}, false}), "No reports.\n");
  EXPECT_EQ(table_text(Answer{DistinctAnswer{}, false}), "No values.\n");
  EXPECT_EQ(table_text(Answer{TopAnswer{}, false}), "No values.\n");
  EXPECT_EQ(table_text(Answer{SeriesAnswer{}, false}), "No reports.\n");
  EXPECT_EQ(table_text(Answer{SignificantAnswer{}, false}), "No significant values.\n");
  EXPECT_EQ(table_text(Profile{}), "Never seen.\n");
  EXPECT_EQ(table_text(TrendSums{}), "No reports.\n");
}

TEST(TableText, ATerminalHasNothingToObey) {
  EXPECT_EQ(printable("plain k\u00e4se \u20ac \U0001f600"), "plain k\u00e4se \u20ac \U0001f600");
  EXPECT_EQ(printable("a\x1b[31m\n\t\x7f"), "a\\x1b[31m\\n\\t\\x7f");
  EXPECT_EQ(printable(std::string("\0", 1)), "\\x00");
  EXPECT_EQ(printable("\xc2\x9b"), "\\x9b");  // a control sequence in one character
  EXPECT_EQ(printable("a\u202e\u2066\ufeff"), "a\\u202e\\u2066\\ufeff");
  EXPECT_EQ(printable("\xff\x9b"), "\\xff\\x9b");
  EXPECT_EQ(printable("\xc0\x80\xe0\x80\x80"), "\\xc0\\x80\\xe0\\x80\\x80");  // overlong
  EXPECT_EQ(printable("\xed\xa0\x80\xf4\x90\x80\x80"), "\\xed\\xa0\\x80\\xf4\\x90\\x80\\x80");
  EXPECT_EQ(printable("\xe2\x82"), "\\xe2\\x82");  // cut short
  const auto text = table_text(Answer{EventsAnswer{{event_of("a\x1b\n", "")}, {}}, false});
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
  EXPECT_EQ(std::ranges::count(text, '\n'), 2);
}

TEST(TableText, RowsAreBounded) {
  auto event = event_of(std::string(10'000, 'x'), "");
  event.report.protocol.clear();
  for (int i = 0; i < 1000; ++i) event.report.protocol += "\u00e4";
  event.report.fail_type = std::string(1000, '\n');
  EXPECT_LT(widest_line(table_text(Answer{EventsAnswer{{event}, {}}, false})), 400);
  const auto top = table_text(Answer{TopAnswer{{{std::string(100, 'x'), 1}}}, false});
  EXPECT_EQ(top, "score  value\n    1  " + std::string(47, 'x') + "\u2026\n");
  const auto fits = table_text(Answer{TopAnswer{{{std::string(48, 'x'), 1}}}, false});
  EXPECT_EQ(fits, "score  value\n    1  " + std::string(48, 'x') + "\n");
}

TEST(TableText, AProfile) {
  Profile profile;
  std::uint64_t evicted = 0;
  auto event = event_of("a", "192.0.2.1");
  event.time = now;
  event.report.success = true;
  profile.add(event, evicted);
  EXPECT_EQ(table_text(profile),
            "facet         value         first seen            last seen             successes  failures  "
            "days with success\n"
            "all                         2026-11-18T11:06:40Z  2026-11-18T11:06:40Z          1         0  "
            "                1\n"
            "net           192.0.2.0/24  2026-11-18T11:06:40Z  2026-11-18T11:06:40Z          1         0  "
            "                1\n"
            "protocol      imap          2026-11-18T11:06:40Z  2026-11-18T11:06:40Z          1         0  "
            "                1\n"
            "hour_of_week  Wed 11:00     2026-11-18T11:06:40Z  2026-11-18T11:06:40Z          1         0  "
            "                1\n");
  for (int i = 0; i < 25; ++i) {
    event.report.protocol = "p" + std::to_string(i);
    profile.add(event, evicted);
  }
  EXPECT_NE(table_text(profile).find("and 6 more\n"), std::string::npos);
}

TEST(TableText, ATrend) {
  TrendSums sums;
  sums.successes = 10;
  sums.failures = 2;
  sums.logins.insert(1);
  EXPECT_EQ(table_text(sums),
            "successes  failures  logins  remotes  guesses\n"
            "       10         2       1        0        0\n");
  sums.cut = true;
  EXPECT_TRUE(table_text(sums).ends_with("(approximate)\n"));
}

}  // namespace
}  // namespace trackalert::history
