// SPDX-License-Identifier: Apache-2.0
#include "channel/routes.h"

#include <gmock/gmock.h>

#include "alert/alert_for_tests.h"

namespace trackalert::channel {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using Texts = std::vector<std::string>;

const std::vector<ChannelSetting> channels{
    {.name = "ops", .kind = "webhook"}, {.name = "log", .kind = "syslog"}, {.name = "run", .kind = "exec"}};

/// Berlin in winter.
class HourAhead final : public schedule::Zone {
 public:
  [[nodiscard]] std::chrono::seconds offset_at(std::chrono::sys_seconds /*when*/) const override {
    return std::chrono::hours(1);
  }
};

class RoutesTest : public ::testing::Test {
 protected:
  void route(std::map<std::string, Value> values) {
    auto route = Route::from(Values(std::move(values)), channels);
    ASSERT_TRUE(route) << route.error().message;
    routes_.push_back(*route);
  }
  static std::string wrong(std::map<std::string, Value> values) {
    const auto route = Route::from(Values(std::move(values)), channels);
    return route ? "nothing" : route.error().message;
  }
  Texts told(const alert::Alert& alert, News news = News::opened, history::Time now = alert::test_start) {
    return Routes(routes_, channels, berlin_).channels(alert, news, now);
  }
  static alert::Alert of(detect::Severity severity, const std::string& key = "login:ann@example.com") {
    auto alert = alert::full_alert(1, key);
    alert.severity = severity;
    return alert;
  }

  HourAhead berlin_;
  std::vector<Route> routes_;
};

TEST_F(RoutesTest, WithoutAnyMediumGoesToWhoeverTells) {
  EXPECT_THAT(told(of(detect::Severity::low)), IsEmpty());
  EXPECT_THAT(told(of(detect::Severity::medium)), ElementsAre("ops", "log")) << "what acts wants a route";
  EXPECT_THAT(told(of(detect::Severity::high), News::closed), IsEmpty());
  EXPECT_THAT(Routes({}, {}, berlin_).channels(of(detect::Severity::high), News::opened, 0), IsEmpty());
}

TEST_F(RoutesTest, EveryRouteThatMatchesCountsAndEachChannelOnce) {
  route({{"severity", std::string("high")}, {"to", Texts{"run", "ops"}}});
  route({{"key", std::string("login:*@example.com")}, {"to", std::string("ops")}, {"severity", std::string("info")}});
  EXPECT_THAT(told(of(detect::Severity::high)), ElementsAre("run", "ops"));
  EXPECT_THAT(told(of(detect::Severity::low)), ElementsAre("ops"));
  EXPECT_THAT(told(of(detect::Severity::medium, "login:ann@example.org")), IsEmpty());
}

TEST_F(RoutesTest, ARuleIsAnyThatSawIt) {
  route({{"rule", std::string("brute_*")}, {"to", std::string("ops")}});
  EXPECT_THAT(told(of(detect::Severity::medium)), ElementsAre("ops"));
  routes_.clear();
  route({{"rule", std::string("stranger")}, {"to", std::string("ops")}});
  EXPECT_THAT(told(of(detect::Severity::medium)), IsEmpty());
}

TEST_F(RoutesTest, TheEndIsToldWhereItIsAskedFor) {
  route({{"closed", true}, {"to", std::string("ops")}});
  route({{"to", std::string("log")}});
  EXPECT_THAT(told(of(detect::Severity::medium), News::closed), ElementsAre("ops"));
  EXPECT_THAT(told(of(detect::Severity::medium), News::raised), ElementsAre("ops", "log"));
}

TEST_F(RoutesTest, HoursAreThoseOfTheLocalClock) {
  route({{"hours", std::string("22-6")}, {"days", std::string("fri")}, {"to", std::string("ops")}});
  const auto at = [&](int day, int hour_utc) {
    const std::chrono::sys_days date{std::chrono::year{2026} / 1 / day};  // 2 January is a Friday
    const auto time = date + std::chrono::hours(hour_utc);
    return told(of(detect::Severity::high), News::opened,
                std::chrono::duration_cast<std::chrono::microseconds>(time.time_since_epoch()).count());
  };
  EXPECT_THAT(at(2, 20), IsEmpty()) << "nine in the evening in Berlin";
  EXPECT_THAT(at(2, 21), ElementsAre("ops"));
  EXPECT_THAT(at(3, 4), ElementsAre("ops")) << "the night belongs to the day on which it begins";
  EXPECT_THAT(at(3, 5), IsEmpty());
  EXPECT_THAT(at(3, 22), IsEmpty()) << "Saturday";
  EXPECT_THAT(at(2, 4), IsEmpty()) << "the night from Thursday";
}

TEST_F(RoutesTest, WhatIsWrongIsNamed) {
  EXPECT_THAT(wrong({}), HasSubstr("to is missing"));
  EXPECT_THAT(wrong({{"to", std::string("pager")}}), HasSubstr("no channel \"pager\", only ops, log, run"));
  EXPECT_THAT(wrong({{"to", std::string("ops")}, {"rul", std::string("x")}}), HasSubstr("no \"rul\" here, only"));
  EXPECT_THAT(wrong({{"to", std::string("ops")}, {"severity", 3.0}}), HasSubstr("severity is a text"));
  EXPECT_THAT(wrong({{"to", std::string("ops")}, {"severity", std::string("bad")}}), HasSubstr("critical"));
  EXPECT_THAT(wrong({{"to", std::string("ops")}, {"hours", std::string("8")}}), HasSubstr("two times of the day"));
  EXPECT_THAT(wrong({{"to", std::string("ops")}, {"days", std::string("fri-x")}}), HasSubstr("days are"));
}

TEST(Pattern, StarStandsForAnything) {
  EXPECT_TRUE(fits_pattern("*", ""));
  EXPECT_TRUE(fits_pattern("a*c*", "abcabc"));
  EXPECT_TRUE(fits_pattern("*b*c", "abcbc"));
  EXPECT_FALSE(fits_pattern("a*c", "abcb"));
  EXPECT_FALSE(fits_pattern("", "a"));
  EXPECT_TRUE(fits_pattern("", ""));
  EXPECT_FALSE(fits_pattern(std::string(50, '*') + "b", std::string(5000, 'a'))) << "and soon";
}

TEST(HoursText, WhatIsNoTimeIsRefused) {
  for (const auto* good : {"22-6", "8-18", "08:00-18:30", "0-24", "23:59-0"}) EXPECT_TRUE(Hours::parse(good)) << good;
  for (const auto* bad : {"", "8", "8-", "-8", "8-8", "24-6", "25-6", "8:60-9", "8-9-10", "08:000-9", "a-b", "8 -9"}) {
    EXPECT_FALSE(Hours::parse(bad)) << bad;
  }
}

TEST(RateText, FillsWithTime) {
  EXPECT_FALSE(parse_rate("0/m"));
  EXPECT_FALSE(parse_rate("10"));
  EXPECT_FALSE(parse_rate("10/w"));
  EXPECT_FALSE(parse_rate("-1/m"));
  Allowance allowance(*parse_rate("2/m"), 0);
  EXPECT_TRUE(allowance.take(0));
  EXPECT_TRUE(allowance.take(0));
  EXPECT_FALSE(allowance.take(29 * history::second));
  EXPECT_TRUE(allowance.take(31 * history::second));
  EXPECT_FALSE(allowance.take(0)) << "a clock that was set back gives nothing";
  EXPECT_TRUE(allowance.take(history::hour));
  EXPECT_TRUE(allowance.take(history::hour));
  EXPECT_FALSE(allowance.take(history::hour)) << "no more than the rate has gathered";
}

}  // namespace
}  // namespace trackalert::channel
