// SPDX-License-Identifier: Apache-2.0
#include "device/attribute_cache.h"

#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

namespace trackalert::device {
namespace {

login::Attributes attributes(const std::string& value) {
  return {{"os.family", value}};
}

TEST(AttributeCache, AnswersWhatWasPutIn) {
  AttributeCache cache(CacheLimits{});
  EXPECT_FALSE(cache.find(1, "a"));
  cache.insert(1, "a", attributes("A"));
  EXPECT_EQ(cache.find(1, "a"), attributes("A"));
  EXPECT_FALSE(cache.find(1, "b"));
  EXPECT_FALSE(cache.find(1, ""));
  const auto stats = cache.stats();
  EXPECT_EQ(stats.hits, 1U);
  EXPECT_EQ(stats.misses, 3U);
  EXPECT_EQ(stats.entries, 1U);
  EXPECT_GT(stats.bytes, 10U);
}

TEST(AttributeCache, KeepsSpacesApart) {
  AttributeCache cache(CacheLimits{});
  cache.insert(1, "same", attributes("one"));
  EXPECT_FALSE(cache.find(2, "same"));
  cache.insert(2, "same", attributes("two"));
  EXPECT_EQ(cache.find(1, "same"), attributes("one"));
  EXPECT_EQ(cache.find(2, "same"), attributes("two"));
}

TEST(AttributeCache, KeysMayHoldAnything) {
  AttributeCache cache(CacheLimits{});
  cache.insert(1, std::string_view("a\0b", 3), attributes("1"));
  EXPECT_FALSE(cache.find(1, "a"));
  EXPECT_FALSE(cache.find(1, std::string_view("a\0c", 3)));
  EXPECT_TRUE(cache.find(1, std::string_view("a\0b", 3)));
  cache.insert(1, "", attributes("2"));
  EXPECT_EQ(cache.find(1, ""), attributes("2"));
}

TEST(AttributeCache, ASecondInsertChangesNothing) {
  AttributeCache cache(CacheLimits{});
  cache.insert(1, "a", attributes("first"));
  const auto before = cache.stats().bytes;
  cache.insert(1, "a", attributes("second, longer"));
  EXPECT_EQ(cache.find(1, "a"), attributes("first"));
  EXPECT_EQ(cache.stats().entries, 1U);
  EXPECT_EQ(cache.stats().bytes, before);
}

TEST(AttributeCache, StaysWithinItsEntriesAndKeepsWhatIsUsed) {
  AttributeCache cache({.entries = 320, .bytes = std::size_t{64} << 20});
  cache.insert(1, "in use", attributes("kept"));
  for (int i = 0; i < 20'000; ++i) {
    const std::string id = std::to_string(i);
    cache.insert(1, id, attributes(id));
    ASSERT_EQ(cache.find(1, "in use"), attributes("kept"));
    ASSERT_EQ(cache.find(1, id), attributes(id));
  }
  const auto stats = cache.stats();
  EXPECT_EQ(stats.entries, 320U) << "all shards are full by now";
  EXPECT_EQ(stats.evictions, 20'001U - 320U);
  EXPECT_FALSE(cache.find(1, "0"));
}

TEST(AttributeCache, StaysWithinItsBytes) {
  constexpr std::size_t limit = std::size_t{1} << 20;
  AttributeCache cache({.entries = 1'000'000, .bytes = limit});
  for (int i = 0; i < 5'000; ++i) {
    cache.insert(1, std::to_string(i) + std::string(i % 3'000, 'x'), attributes(std::string(i % 700, 'y')));
    ASSERT_LE(cache.stats().bytes, limit);
  }
  EXPECT_GT(cache.stats().bytes, limit / 2);
  EXPECT_GT(cache.stats().evictions, 0U);
}

TEST(AttributeCache, WhatDoesNotFitIsNotKeptAndPushesNothingOut) {
  AttributeCache cache({.entries = 160, .bytes = 16 * 1024});
  cache.insert(1, "small", attributes("small"));
  cache.insert(1, std::string(2'000, 'x'), attributes("large"));
  EXPECT_FALSE(cache.find(1, std::string(2'000, 'x')));
  EXPECT_TRUE(cache.find(1, "small"));
  EXPECT_EQ(cache.stats().evictions, 0U);
}

TEST(AttributeCache, WithoutRoomItStaysEmpty) {
  for (const CacheLimits limits : {CacheLimits{.entries = 0}, CacheLimits{.bytes = 0}, CacheLimits{.entries = 15}}) {
    AttributeCache cache(limits);
    cache.insert(1, "a", attributes("A"));
    EXPECT_FALSE(cache.find(1, "a"));
    EXPECT_EQ(cache.stats().entries, 0U);
  }
}

TEST(AttributeCache, ManyThreadsShareIt) {
  AttributeCache cache({.entries = 64, .bytes = std::size_t{1} << 20});
  {
    std::vector<std::jthread> threads;
    for (unsigned t = 0; t < 4; ++t) {
      threads.emplace_back([&cache, t] {
        for (unsigned i = 0; i < 5'000; ++i) {
          const std::string id = std::to_string((i * 7 + t) % 200);
          if (const auto found = cache.find(1, id)) {
            EXPECT_EQ(*found, attributes(id));
          } else {
            cache.insert(1, id, attributes(id));
          }
        }
      });
    }
  }
  const auto stats = cache.stats();
  EXPECT_EQ(stats.hits + stats.misses, 20'000U);
  EXPECT_LE(stats.entries, 64U);
}

}  // namespace
}  // namespace trackalert::device
