// SPDX-License-Identifier: Apache-2.0
// What the contract of the whole history does not show: the memory of what a cache has forgotten.
#include "history/rocksdb/write_back_cache.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <malloc.h>

#include <atomic>
#include <cstdlib>
#include <new>

#include "history/profile.h"
#include "history/rocksdb/temporary_history_for_tests.h"

namespace {
std::atomic<std::size_t> bytes_held = 0;

void* hold(std::size_t size) {
  void* const memory = std::malloc(size > 0 ? size : 1);
  bytes_held += ::malloc_usable_size(memory);
  return memory;
}
void give_back(void* memory) {
  bytes_held -= ::malloc_usable_size(memory);
  std::free(memory);
}
}  // namespace

// Not inlined: GCC would see what comes from new go to free(), and warn.
[[gnu::noinline]] void* operator new(std::size_t size) {
  if (void* const memory = hold(size)) return memory;
  throw std::bad_alloc();
}
[[gnu::noinline]] void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  return hold(size);
}
[[gnu::noinline]] void operator delete(void* memory) noexcept {
  give_back(memory);
}
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept {
  give_back(memory);
}

namespace trackalert::history::rocksdb {
namespace {

constexpr std::size_t most_bytes = std::size_t{4} << 20;
constexpr std::size_t record_bytes = 2000;

/// A value like Profile and TrendDay, but of any bytes.
class Text {
 public:
  static base::Result<Text> from_bytes(std::string bytes) {
    Text text;
    text.bytes_ = std::move(bytes);
    return text;
  }
  void grow() { bytes_.resize(record_bytes, 'x'); }
  [[nodiscard]] const std::string& bytes() const { return bytes_; }
  [[nodiscard]] bool empty() const { return bytes_.empty(); }
  void prefetch() const {}

 private:
  std::string bytes_;
};

class WriteBackCacheTest : public ::testing::Test {
 protected:
  void fill(unsigned count) {
    for (unsigned i = 0; i < count; ++i) {
      const auto key = fmt::format("a key that is too long to lie in its string {}", i);
      ASSERT_TRUE(cache_.update(cache_.wanted(key), ++last_, true, [](Text& text) { text.grow(); }));
    }
  }

  Bench bench_;
  std::unique_ptr<Store> store_ = *Store::open({.folder = bench_.folder.path("db")}, bench_.log);
  WriteBackCache<Text> cache_{*store_, Family::profiles, most_bytes, Hasher({})};
  Sequence last_ = 0;
};

TEST_F(WriteBackCacheTest, WhatIsForgottenGivesItsMemoryBack) {
  fill(1500);
  ASSERT_GT(cache_.counts().bytes, 1500 * record_bytes);
  ASSERT_EQ(cache_.counts().evictions, 0);
  ASSERT_TRUE(cache_.write_back());
  const auto before = bytes_held.load();
  ASSERT_TRUE(cache_.drop_if([](std::string_view) { return true; }));
  EXPECT_EQ(cache_.counts().bytes, 0);
  EXPECT_LT(bytes_held + 1500 * record_bytes, before);
}

TEST_F(WriteBackCacheTest, ALowerLimitHoldsFromTheNextUpdateOn) {
  fill(1500);
  ASSERT_TRUE(cache_.write_back());
  const auto before = bytes_held.load();
  cache_.set_limit(most_bytes / 8);
  fill(100);  // some in every shard
  EXPECT_LE(cache_.counts().bytes, most_bytes / 8);
  EXPECT_GT(cache_.counts().evictions, 1000);
  EXPECT_LT(bytes_held + most_bytes / 2, before);
}

}  // namespace
}  // namespace trackalert::history::rocksdb
