// SPDX-License-Identifier: Apache-2.0
#include "device/pattern_list.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <initializer_list>
#include <string>

namespace trackalert::device {
namespace {

PatternList compiled(std::initializer_list<const char*> patterns, bool ignore_case = false) {
  PatternList list;
  for (const char* pattern : patterns) EXPECT_TRUE(list.add(pattern, ignore_case)) << pattern;
  EXPECT_TRUE(list.compile());
  return list;
}

TEST(PatternList, TheFirstInTheListWins) {
  const auto list = compiled({"Chromium", "Chrom", "Safari"});
  EXPECT_EQ(list.first_match("Safari Chrome")->index, 1U);
  EXPECT_EQ(list.first_match("Chromium")->index, 0U);
  EXPECT_EQ(list.first_match("Safari")->index, 2U);
  EXPECT_FALSE(list.first_match("Lynx"));
  EXPECT_FALSE(list.first_match(""));
}

TEST(PatternList, PatternsWithoutLiteralsAreTriedInTheirPlace) {
  const auto list = compiled({"Firefox", R"(^\d+$)", "x", ".*"});
  EXPECT_EQ(list.first_match("123")->index, 1U);
  EXPECT_EQ(list.first_match("axe")->index, 2U);
  EXPECT_EQ(list.first_match("")->index, 3U);
}

TEST(PatternList, CaseCountsUnlessIgnored) {
  EXPECT_FALSE(compiled({"Opera"}).first_match("OPERA"));
  EXPECT_TRUE(compiled({"Opera"}, true).first_match("OPERA"));
}

TEST(PatternList, GroupsThatTookNoPartAreEmpty) {
  const auto list = compiled({R"((Firefox)/(\d+)(?:\.(\d+))?)"});
  const auto match = list.first_match("a Firefox/12 b");
  ASSERT_TRUE(match);
  EXPECT_EQ(match->group_count, 3);
  EXPECT_EQ(match->groups[0], "Firefox/12");
  EXPECT_EQ(match->groups[1], "Firefox");
  EXPECT_EQ(match->groups[2], "12");
  EXPECT_EQ(match->groups[3], "");
  EXPECT_EQ(match->groups[9], "");
}

TEST(PatternList, MoreGroupsThanCanBeNamedAreDropped) {
  const auto list = compiled({"(a)(b)(c)(d)(e)(f)(g)(h)(i)(j)(k)"});
  const auto match = list.first_match("abcdefghijk");
  ASSERT_TRUE(match);
  EXPECT_EQ(match->group_count, 9);
  EXPECT_EQ(match->groups[9], "i");
}

TEST(PatternList, ARefusedPatternLeavesTheListAsItWas) {
  PatternList list;
  ASSERT_TRUE(list.add("one", false));
  const auto refused = list.add("(unclosed", false);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, testing::HasSubstr("missing )"));
  EXPECT_FALSE(list.add("(?=lookahead)", false));
  EXPECT_FALSE(list.add("(back)\\1", false));
  EXPECT_FALSE(list.add("((x{1000}){1000}){1000}", false)) << "a program of any size";
  ASSERT_TRUE(list.add("two", false));
  ASSERT_TRUE(list.compile());
  EXPECT_EQ(list.size(), 2U);
  EXPECT_EQ(list.first_match("two")->index, 1U);
}

TEST(PatternList, AnEmptyListMatchesNothing) {
  PatternList list;
  ASSERT_TRUE(list.compile());
  EXPECT_FALSE(list.first_match("anything"));
}

TEST(PatternList, SearchesBytes) {
  const auto list = compiled({"caf\xc3\xa9", "a.b", "\\x00end"});
  EXPECT_EQ(list.first_match("a caf\xc3\xa9")->index, 0U);
  EXPECT_EQ(list.first_match("a\xff"
                             "b")
                ->index,
            1U);
  EXPECT_EQ(list.first_match(std::string_view("the\0end", 7))->index, 2U);
}

TEST(PatternList, BacktrackingBombsStayLinear) {
  const auto list = compiled({"(a+)+$", "(a|aa)+c", "(.*)(.*)(.*)(.*)(.*)(.*)(.*)(.*)(.*)x"});
  const std::string bomb(8192, 'a');
  EXPECT_FALSE(list.first_match(bomb + "b"));  // would not return in a backtracking matcher
}

}  // namespace
}  // namespace trackalert::device
