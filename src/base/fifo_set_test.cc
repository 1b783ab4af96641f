// SPDX-License-Identifier: Apache-2.0
#include "base/fifo_set.h"

#include <gtest/gtest.h>

#include <deque>
#include <memory>
#include <random>

namespace trackalert::base {
namespace {

using Set = FifoSet<std::unique_ptr<int>>;

TEST(FifoSet, EachQueueKeepsItsOrder) {
  constexpr std::size_t queues = 7;
  Set set(queues);
  std::vector<std::deque<int>> wanted(queues);
  std::mt19937 random(1);
  for (int round = 0; round < 20'000; ++round) {
    const std::size_t queue = random() % queues;
    ASSERT_EQ(set.empty(queue), wanted[queue].empty());
    if (random() % 2 == 0) {
      set.push(queue, std::make_unique<int>(round));
      wanted[queue].push_back(round);
    } else if (!wanted[queue].empty()) {
      ASSERT_EQ(*set.pop(queue), wanted[queue].front());
      wanted[queue].pop_front();
    }
  }
}

TEST(FifoSet, IsUsableAgainAfterItGaveMemoryBack) {
  Set set(2);
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < 10'000; ++i) set.push(static_cast<std::size_t>(i % 2), std::make_unique<int>(i));
    for (int i = 0; i < 10'000; ++i) ASSERT_EQ(*set.pop(static_cast<std::size_t>(i % 2)), i);
    EXPECT_TRUE(set.empty(0));
    EXPECT_TRUE(set.empty(1));
  }
}

TEST(FifoSet, HoldsNothingOfWhatWasTaken) {
  FifoSet<std::shared_ptr<int>> set(1);
  const auto value = std::make_shared<int>(1);
  set.push(0, value);
  set.push(0, nullptr);
  (void)set.pop(0);
  EXPECT_EQ(value.use_count(), 1);
}

}  // namespace
}  // namespace trackalert::base
