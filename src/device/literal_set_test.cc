// SPDX-License-Identifier: Apache-2.0
#include "device/literal_set.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

namespace trackalert::device {
namespace {

using testing::IsEmpty;
using testing::UnorderedElementsAre;

LiteralSet built(const std::vector<std::string>& literals) {
  auto set = LiteralSet::build(literals);
  EXPECT_TRUE(set) << set.error().message;
  return set ? std::move(*set) : LiteralSet();
}

std::string lower(std::string text) {
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return text;
}

TEST(LiteralSet, FindsEachOnceInAnyCase) {
  const auto set = built({"chrome", "safari", "fire"});
  EXPECT_THAT(set.contained_in("CHROME safari Chrome"), UnorderedElementsAre(0, 1));
  EXPECT_THAT(set.contained_in("Firefox"), UnorderedElementsAre(2));
  EXPECT_THAT(set.contained_in("Fir efox"), IsEmpty());
}

TEST(LiteralSet, FindsLiteralsInsideOthers) {
  const auto set = built({"she", "he", "hers", "e", "ushers"});
  EXPECT_THAT(set.contained_in("ushers"), UnorderedElementsAre(0, 1, 2, 3, 4));
  EXPECT_THAT(set.contained_in("the he"), UnorderedElementsAre(1, 3));
}

TEST(LiteralSet, NamesEqualLiteralsAllAndEmptyOnesNever) {
  const auto set = built({"same", "", "SAME", "same"});
  EXPECT_THAT(set.contained_in("the same"), UnorderedElementsAre(0, 2, 3));
}

TEST(LiteralSet, WithoutLiteralsFindsNothing) {
  EXPECT_THAT(LiteralSet().contained_in("text"), IsEmpty());
  EXPECT_THAT(built({}).contained_in("text"), IsEmpty());
  EXPECT_THAT(built({""}).contained_in(""), IsEmpty());
}

TEST(LiteralSet, TakesAnyByte) {
  std::string all;
  std::vector<std::string> literals;
  for (int byte = 0; byte < 256; ++byte) {
    all.push_back(static_cast<char>(byte));
    literals.emplace_back(1, static_cast<char>(byte));
  }
  const auto set = built(literals);
  EXPECT_EQ(set.contained_in(all).size(), 256U);
  EXPECT_THAT(set.contained_in(std::string_view("\0", 1)), UnorderedElementsAre(0));
  EXPECT_THAT(set.contained_in("\xff"), UnorderedElementsAre(255));
}

TEST(LiteralSet, RefusesMoreStatesThanItsLimit) {
  const std::string at_limit(LiteralSet::max_states - 1, 'x');
  EXPECT_TRUE(LiteralSet::build({at_limit}));
  EXPECT_FALSE(LiteralSet::build({at_limit + "x"}));
}

TEST(LiteralSet, AgreesWithSearchingOneByOne) {
  std::mt19937 dice(7);  // NOLINT: the same every time
  const auto text = [&](std::size_t longest) {
    std::string result(1 + dice() % longest, ' ');
    for (char& c : result) c = "abABc"[dice() % 5];
    return result;
  };
  for (int round = 0; round < 2000; ++round) {
    std::vector<std::string> literals(1 + dice() % 8);
    std::ranges::generate(literals, [&] { return text(5); });
    const std::string searched = text(20);
    std::vector<int> expected;
    for (std::size_t i = 0; i < literals.size(); ++i) {
      if (lower(searched).find(lower(literals[i])) != std::string::npos) expected.push_back(static_cast<int>(i));
    }
    EXPECT_THAT(built(literals).contained_in(searched), testing::UnorderedElementsAreArray(expected)) << searched;
  }
}

}  // namespace
}  // namespace trackalert::device
