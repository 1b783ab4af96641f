// SPDX-License-Identifier: Apache-2.0
#include "traffic/family.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace trackalert::traffic {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::vector<AttackOrder> orders(std::string_view list) {
  return parse_attacks(list).value();
}

std::string refusal(std::string_view list) {
  const auto parsed = parse_attacks(list);
  return parsed ? "taken" : parsed.error().message;
}

TEST(Attacks, OfOneFamily) {
  EXPECT_THAT(orders("brute_force"), ElementsAre(AttackOrder{Family::brute_force, default_campaigns, std::nullopt}));
  EXPECT_THAT(orders("brute_force:7"), ElementsAre(AttackOrder{Family::brute_force, 7, std::nullopt}));
  EXPECT_THAT(orders("campaign:1@high"), ElementsAre(AttackOrder{Family::campaign, 1, Intensity::high}));
}

TEST(Attacks, OfMany) {
  EXPECT_EQ(orders("all").size(), rule_family_count);
  EXPECT_EQ(orders("risk").size(), family_count - rule_family_count);
  EXPECT_EQ(orders("all,risk").size(), family_count);
  EXPECT_THAT(orders("none"), IsEmpty());
  EXPECT_THAT(orders(""), IsEmpty());
  const auto changed = orders("all,campaign:1@high");
  EXPECT_EQ(changed.size(), rule_family_count);
  EXPECT_EQ(changed[static_cast<unsigned>(Family::campaign)], (AttackOrder{Family::campaign, 1, Intensity::high}));
}

TEST(Attacks, ThatDoNotExist) {
  EXPECT_THAT(refusal("phishing"), HasSubstr("there is no phishing, but all, risk, none, password_spray"));
  for (const auto* count : {"all:0", "all:1001", "all:x", "all:", "all:-1", "all:1 "}) {
    EXPECT_THAT(refusal(count), HasSubstr("is no number from 1 to 1000")) << count;
  }
  EXPECT_THAT(refusal("all@loud"), HasSubstr("loud is none of low, middle, high"));
  EXPECT_THAT(refusal("all,,none"), HasSubstr("there is no "));
}

TEST(Families, HaveNamesAndWords) {
  for (unsigned index = 0; index < family_count; ++index) {
    EXPECT_NE(family_name(static_cast<Family>(index)), "");
    EXPECT_NE(family_help(static_cast<Family>(index)), "");
  }
}

}  // namespace
}  // namespace trackalert::traffic
