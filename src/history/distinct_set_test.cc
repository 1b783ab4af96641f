// SPDX-License-Identifier: Apache-2.0
#include "history/distinct_set.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <initializer_list>
#include <random>
#include <set>
#include <vector>

namespace trackalert::history {
namespace {

DistinctSet set_of(const std::vector<std::uint32_t>& hashes) {
  DistinctSet set;
  for (const auto hash : hashes) set.insert(hash);
  return set;
}

/// As many hashes as it says, about half of them drawn from few values so that splits overlap.
std::vector<std::uint32_t> any_hashes(std::size_t most) {
  const auto n = *rc::gen::inRange<std::size_t>(0, most);
  const auto few = *rc::gen::inRange<std::uint32_t>(1, 200);
  std::mt19937 random(*rc::gen::arbitrary<std::uint32_t>());
  std::vector<std::uint32_t> hashes;
  for (std::size_t i = 0; i < n; ++i) {
    const auto hash = static_cast<std::uint32_t>(random());
    hashes.push_back(i % 2 == 0 ? hash : hash % few * 2654435761U);
  }
  return hashes;
}

TEST(DistinctSet, CountsExactlyWhileThereAreFew) {
  DistinctSet set;
  EXPECT_TRUE(set.empty());
  EXPECT_EQ(set.count(), 0);
  for (std::uint32_t i = 0; i < DistinctSet::max_exact; ++i) {
    set.insert(i * 2654435761U);
    set.insert(i * 2654435761U);
    EXPECT_EQ(set.count(), i + 1);
    EXPECT_TRUE(set.exact());
  }
  EXPECT_FALSE(set.empty());
  set.insert(1);
  EXPECT_FALSE(set.exact());
  EXPECT_GT(set.count(), DistinctSet::max_exact);
}

TEST(DistinctSet, UnitesExactlyUpToItsMost) {
  for (const std::uint32_t right : {58U, 59U}) {
    DistinctSet whole;
    DistinctSet parts[2];
    for (std::uint32_t i = 0; i < 80; ++i) whole.insert(i * 2654435761U), parts[0].insert(i * 2654435761U);
    for (std::uint32_t i = 70; i < 70 + right; ++i) whole.insert(i * 2654435761U), parts[1].insert(i * 2654435761U);
    parts[0].merge(parts[1]);
    EXPECT_EQ(parts[0], whole);
    EXPECT_EQ(whole.exact(), right == 58);
  }
}

TEST(DistinctSet, TakesTheHashesAtTheEnds) {
  const auto set = set_of({0, 0xffffffff, 0, 0xffffffff});
  EXPECT_EQ(set.count(), 2);
}

TEST(DistinctSet, EstimatesWithinTheErrorOfItsSize) {
  // Standard error 4.6 %; the seed is fixed, so four of them always hold or never.
  std::mt19937 random(20240229);
  DistinctSet set;
  std::set<std::uint32_t> hashes;
  for (const std::size_t n : {200, 500, 1'000, 1'500, 3'000, 10'000, 100'000}) {
    while (hashes.size() < n) {
      const auto hash = static_cast<std::uint32_t>(random());
      hashes.insert(hash);
      set.insert(hash);
    }
    EXPECT_NEAR(static_cast<double>(set.count()), static_cast<double>(n), 4 * 0.046 * static_cast<double>(n));
  }
}

TEST(DistinctSet, CorrectsForCollisionsOfManyHashes) {
  // Half of all hashes are there, drawn from 2^32 * ln 2 values. Register by register: half of 2^23 hashes are missing,
  // so the first that is there begins with 22 zeros, or 23, or ...; the expected mixture of ranks is set up by hand.
  DistinctSet set;
  for (std::uint32_t index = 0; index < DistinctSet::registers; ++index) {
    // Hash 0 is there in every second register, hash 1 in half of the others, hashes 2 and 3 in three quarters of
    // those.
    const std::uint32_t least = index % 2 == 0 ? 0 : index % 4 == 1 ? 1 : index % 16 != 3 ? 2 : 4;
    set.insert(index << 23 | least);
  }
  EXPECT_GT(set.count(), 2'900'000'000) << "no more than its order of magnitude can be had";
  EXPECT_LT(set.count(), 5'000'000'000);
}

TEST(DistinctSetProperty, IsExactlyTheSetOfItsHashes) {
  EXPECT_TRUE(rc::check([] {
    const auto hashes = any_hashes(160);
    const std::set<std::uint32_t> model(hashes.begin(), hashes.end());
    const auto set = set_of(hashes);
    RC_ASSERT(set.exact() == (model.size() <= DistinctSet::max_exact));
    if (set.exact()) RC_ASSERT(set.count() == model.size());
    RC_ASSERT(set == set_of({model.begin(), model.end()}));
  }));
}

TEST(DistinctSetProperty, UnionDoesNotDependOnOrderOrGrouping) {
  EXPECT_TRUE(rc::check([] {
    const auto hashes = any_hashes(700);
    const auto whole = set_of(hashes);
    std::vector<DistinctSet> parts(*rc::gen::inRange<std::size_t>(1, 9));
    for (const auto hash : hashes) parts[*rc::gen::inRange<std::size_t>(0, parts.size())].insert(hash);
    while (parts.size() > 1) {
      const auto into = *rc::gen::inRange<std::size_t>(0, parts.size() - 1);
      parts[into].merge(parts.back());
      parts.pop_back();
    }
    RC_ASSERT(parts[0] == whole);
  }));
}

TEST(DistinctSetProperty, UnitesWithItselfAndNothingToItself) {
  EXPECT_TRUE(rc::check([] {
    const auto set = set_of(any_hashes(300));
    auto same = set;
    same.merge(set);
    same.merge(same);
    same.merge({});
    RC_ASSERT(same == set);
    DistinctSet from_nothing;
    from_nothing.merge(set);
    RC_ASSERT(from_nothing == set);
  }));
}

}  // namespace
}  // namespace trackalert::history
