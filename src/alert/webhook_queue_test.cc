// SPDX-License-Identifier: Apache-2.0
#include "alert/webhook_queue.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace trackalert::alert {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

/// What can be taken at once: the hooks, in order.
std::vector<std::size_t> take_all(WebhookQueue& queue) {
  std::vector<std::size_t> hooks;
  while (const auto item = queue.take()) hooks.push_back(item->hook);
  return hooks;
}

WebhookQueue with_hooks(std::size_t count, std::size_t slots) {
  WebhookQueue queue;
  for (std::size_t i = 0; i < count; ++i) EXPECT_EQ(queue.add_hook(), i);
  queue.set_slots(slots);
  return queue;
}

void fill(WebhookQueue& queue, std::size_t hook, int count) {
  for (int i = 0; i < count; ++i) EXPECT_THAT(queue.push(hook, "x"), IsEmpty());
}

TEST(WebhookQueue, IsFirstInFirstOutPerHook) {
  auto queue = with_hooks(1, 2);
  for (const char* body : {"a", "b", "c"}) EXPECT_THAT(queue.push(0, body), IsEmpty());
  for (const char* body : {"a", "b", "c"}) {
    const auto item = queue.take();
    ASSERT_TRUE(item);
    EXPECT_EQ(item->body, body);
    queue.done(0, item->bytes);
  }
  EXPECT_TRUE(queue.idle());
}

TEST(WebhookQueue, WithoutSlotsNothingIsTaken) {
  auto queue = with_hooks(1, 0);
  fill(queue, 0, 1);
  EXPECT_FALSE(queue.take());
  EXPECT_EQ(queue.waiting(), 1);
}

TEST(WebhookQueue, OneBusyHookHoldsHalfOfTheSlots) {
  auto queue = with_hooks(2, 50);
  fill(queue, 0, 100);
  EXPECT_EQ(take_all(queue).size(), 25);
  fill(queue, 1, 100);
  EXPECT_THAT(take_all(queue).size(), 13);  // 13 of the 25 that were free
  EXPECT_EQ(queue.in_flight(), 38);
}

TEST(WebhookQueue, BusyHooksTakeTurnsAndLeaveRoomForANewcomer) {
  auto queue = with_hooks(4, 8);
  for (std::size_t hook : {0, 1, 2}) fill(queue, hook, 10);
  EXPECT_THAT(take_all(queue), ElementsAre(0, 1, 2, 0, 1, 2));
  fill(queue, 3, 10);
  EXPECT_THAT(take_all(queue), ElementsAre(3));
}

TEST(WebhookQueue, OneSlotServesAllInTurn) {
  auto queue = with_hooks(3, 1);
  for (std::size_t hook : {0, 1, 2}) fill(queue, hook, 2);
  std::vector<std::size_t> order;
  while (const auto item = queue.take()) {
    order.push_back(item->hook);
    EXPECT_FALSE(queue.take());
    queue.done(item->hook, item->bytes);
  }
  EXPECT_THAT(order, ElementsAre(0, 1, 2, 0, 1, 2));
}

TEST(WebhookQueue, AFullQueueDropsTheNewOneOfASingleHook) {
  auto queue = with_hooks(1, 50);
  queue.set_item_limit(2);
  fill(queue, 0, 2);
  EXPECT_THAT(queue.push(0, "new"), ElementsAre(0));
  EXPECT_EQ(queue.take()->body, "x");
  EXPECT_EQ(queue.take()->body, "x");
  EXPECT_FALSE(queue.take());
}

TEST(WebhookQueue, AFullQueueTakesFromTheHookThatFillsIt) {
  auto queue = with_hooks(3, 0);
  queue.set_item_limit(4);
  fill(queue, 0, 4);
  EXPECT_THAT(queue.push(1, "x"), ElementsAre(0));
  EXPECT_THAT(queue.push(1, "x"), ElementsAre(0));
  EXPECT_THAT(queue.push(1, "x"), ElementsAre(1));  // as many as the other: the new one goes
  EXPECT_THAT(queue.push(2, "x"), ElementsAre(0));
  EXPECT_EQ(queue.waiting(), 4);
}

TEST(WebhookQueue, BytesAreBoundedThoseInFlightToo) {
  auto queue = with_hooks(2, 50);
  queue.set_byte_limit(10'000);
  EXPECT_THAT(queue.push(0, std::string(9'000, 'x')), IsEmpty());
  const auto item = queue.take();
  ASSERT_TRUE(item);
  EXPECT_THAT(queue.push(1, std::string(2'000, 'x')), ElementsAre(1));
  queue.done(0, item->bytes);
  EXPECT_THAT(queue.push(1, std::string(2'000, 'x')), IsEmpty());
  EXPECT_THAT(queue.push(0, std::string(20'000, 'x')), ElementsAre(0));  // never fits; nobody else pays for it
  EXPECT_EQ(queue.waiting(), 1);
}

TEST(WebhookQueue, EmptyBodiesCountForSomething) {
  auto queue = with_hooks(1, 0);
  queue.set_byte_limit(100 * sizeof(WebhookQueue::Item));
  fill(queue, 0, 50);
  std::size_t dropped = 0;
  for (int i = 0; i < 100; ++i) dropped += queue.push(0, "").size();
  EXPECT_GE(dropped, 50);
}

TEST(WebhookQueue, ALoweredLimitKeepsWhatIsThere) {
  auto queue = with_hooks(1, 0);
  fill(queue, 0, 5);
  queue.set_item_limit(2);
  EXPECT_THAT(queue.push(0, "x"), ElementsAre(0));
  EXPECT_EQ(queue.waiting(), 5);
}

TEST(WebhookQueue, ClearLeavesWhatIsInFlight) {
  auto queue = with_hooks(2, 2);
  fill(queue, 0, 3);
  fill(queue, 1, 3);
  const auto item = queue.take();
  ASSERT_TRUE(item);
  EXPECT_EQ(queue.clear(), 5);
  EXPECT_FALSE(queue.idle());
  queue.done(item->hook, item->bytes);
  EXPECT_TRUE(queue.idle());
}

}  // namespace
}  // namespace trackalert::alert
