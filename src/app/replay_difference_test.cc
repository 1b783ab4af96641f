// SPDX-License-Identifier: Apache-2.0
#include "app/replay_difference.h"

#include <gmock/gmock.h>

namespace trackalert::app {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

FoundAlert found(std::string key, history::Time first, history::Time last) {
  return {.rule = "spray",
          .key = std::move(key),
          .first_seen = first * history::second,
          .last_seen = last * history::second};
}

TEST(ReplayDifference, OfTheSameIsNone) {
  const std::vector<FoundAlert> alerts{found("a", 1, 5), found("b", 2, 2)};
  const auto none = difference(alerts, alerts);
  EXPECT_TRUE(none.none());
  EXPECT_EQ(none.rules.at("spray").both, 2);
  EXPECT_THAT(difference_text(none, "a.conf", "b.conf"), HasSubstr("Both find the same."));
  EXPECT_TRUE(difference({}, {}).none());
}

TEST(ReplayDifference, TimesMustOverlap) {
  const std::vector<FoundAlert> a{found("a", 1, 5), found("a", 20, 25)};
  const std::vector<FoundAlert> b{found("a", 6, 9), found("a", 25, 30)};
  const auto told = difference(a, b);
  EXPECT_THAT(told.only_a, ElementsAre(&a[0]));
  EXPECT_THAT(told.only_b, ElementsAre(&b[0]));
  EXPECT_EQ(told.rules.at("spray").both, 1);
}

TEST(ReplayDifference, EachHasOneCounterpart) {
  const std::vector<FoundAlert> a{found("a", 1, 30)};
  const std::vector<FoundAlert> b{found("a", 2, 3), found("a", 20, 25)};
  EXPECT_THAT(difference(a, b).only_b, ElementsAre(&b[1]));
  EXPECT_THAT(difference(b, a).only_a, ElementsAre(&b[1]));
}

TEST(ReplayDifference, RuleAndKeyMustBeTheSame) {
  const std::vector<FoundAlert> a{found("a", 1, 5)};
  std::vector<FoundAlert> b{found("a", 1, 5)};
  b[0].rule = "other";
  EXPECT_EQ(difference(a, b).only_a.size(), 1);
  EXPECT_EQ(difference(a, {found("b", 1, 5)}).only_b.size(), 1);
}

TEST(ReplayDifference, WhatChanged) {
  const std::vector<FoundAlert> a{found("a", 1, 5), found("b", 1, 5), found("c", 1, 5)};
  auto b = a;
  b[0].severity = detect::Severity::critical;
  b[1].taken = {"ann"};
  b[1].taken_total = 1;
  b[2].message = "said otherwise";
  const auto told = difference(a, b);
  ASSERT_EQ(told.changed.size(), 2);
  EXPECT_TRUE(told.changed[0].severity && !told.changed[0].taken);
  EXPECT_TRUE(!told.changed[1].severity && told.changed[1].taken);
  EXPECT_EQ(told.rules.at("spray").changed, 2);
  const auto text = difference_text(told, "a.conf", "b.conf");
  EXPECT_THAT(text, HasSubstr("severity: medium -> critical"));
  EXPECT_THAT(text, HasSubstr("taken: nobody -> ann"));
}

TEST(ReplayDifference, ComparesAllOfMany) {
  alert::Alert alert;
  alert.key = std::string(100'000, 'k');
  for (int i = 0; i < 100; ++i) alert.taken.add("login" + std::to_string(i));
  auto other = alert;
  other.taken.forget("login99");
  other.taken.add("somebody else");
  const std::vector<FoundAlert> a{found_alert(alert)};
  const std::vector<FoundAlert> b{found_alert(other)};
  EXPECT_LT(a[0].key.size(), 300);
  EXPECT_EQ(a[0].key, b[0].key);
  const auto told = difference(a, b);
  ASSERT_EQ(told.changed.size(), 1);
  EXPECT_THAT(difference_text(told, "a", "b"), HasSubstr("taken: login0, login1, login10 and 97 more -> "));
  EXPECT_TRUE(difference(a, a).none());
  alert.key.back() = 'x';
  EXPECT_FALSE(difference(a, {found_alert(alert)}).none());
}

TEST(ReplayDifference, ShowsNothingThatATerminalWouldObey) {
  auto alert = found("a\x1b[2J", 1, 5);
  alert.message = "x\r\n\xe2\x80\xae";
  alert.taken = {"\x1b"};
  const auto text = difference_text(difference({alert}, {}), "\x1b.conf", "b");
  EXPECT_THAT(text, Not(HasSubstr("\x1b")));
  EXPECT_THAT(text, Not(HasSubstr("\r")));
  EXPECT_THAT(text, Not(HasSubstr("\xe2\x80\xae")));
}

}  // namespace
}  // namespace trackalert::app
