// SPDX-License-Identifier: Apache-2.0
#include "traffic/dice.h"

#include <gtest/gtest.h>

#include <array>
#include <set>

namespace trackalert::traffic {
namespace {

TEST(Dice, RollsThePublishedNumbers) {
  // The first outputs of splitmix64 for the seed 1234567, as Rosetta Code's task "Pseudo-random numbers/Splitmix64" has
  // them.
  Dice dice(1234567);
  EXPECT_EQ(dice.roll(), 6457827717110365317U);
  EXPECT_EQ(dice.roll(), 3203168211198807973U);
  EXPECT_EQ(dice.roll(), 9817491932198370423U);
}

TEST(Dice, KeepsToItsBounds) {
  Dice dice(1);
  std::set<std::int64_t> seen;
  for (int i = 0; i < 1000; ++i) seen.insert(dice.between(-2, 2));
  EXPECT_EQ(seen, (std::set<std::int64_t>{-2, -1, 0, 1, 2}));
  EXPECT_EQ(dice.below(0), 0U);
  EXPECT_EQ(dice.below(1), 0U);
}

TEST(Dice, IsFair) {
  Dice dice(2);
  int hits = 0;
  for (int i = 0; i < 100'000; ++i) hits += dice.percent(30) ? 1 : 0;
  EXPECT_NEAR(hits, 30'000, 600);  // four standard deviations
}

TEST(Dice, MixDependsOnBoth) {
  EXPECT_NE(mix(1, 2), mix(2, 1));
  EXPECT_NE(mix(1, 2), mix(1, 3));
  std::set<std::uint64_t> seen;
  for (std::uint64_t key = 0; key < 10'000; ++key) seen.insert(mix(7, key));
  EXPECT_EQ(seen.size(), 10'000U);
}

}  // namespace
}  // namespace trackalert::traffic
