// SPDX-License-Identifier: Apache-2.0
#include "app/arrival_order.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <random>

#include "app/scratch_folder.h"

namespace trackalert::app {
namespace {

std::vector<std::uint64_t> shuffled(std::uint64_t count) {
  std::vector<std::uint64_t> numbers(count);
  std::ranges::generate(numbers, [number = std::uint64_t{0}]() mutable { return number++; });
  std::ranges::shuffle(numbers, std::mt19937_64(1));
  return numbers;
}

std::string line_of(std::uint64_t number) {
  return fmt::format("{} {}", number, std::string(number % 700, 'x'));
}

std::vector<std::string> in_order(const std::string& folder, std::size_t memory_bytes, std::uint64_t count) {
  ArrivalOrder order(folder, memory_bytes);
  for (const auto number : shuffled(count)) {
    if (const auto added = order.add(number, line_of(number)); !added) throw std::runtime_error(added.error().message);
  }
  std::vector<std::string> out;
  const auto done = order.finish([&](std::string_view line) {
    out.emplace_back(line);
    return true;
  });
  if (!done) throw std::runtime_error(done.error().message);
  return out;
}

class ArrivalOrderTest : public testing::Test {
 protected:
  ScratchFolder scratch = std::move(*ScratchFolder::make());
};

TEST_F(ArrivalOrderTest, PutsLinesInOrderWhereverTheyWait) {
  std::vector<std::string> expected;
  for (std::uint64_t number = 0; number < 2000; ++number) expected.push_back(line_of(number));
  EXPECT_EQ(in_order(scratch.folder(), ArrivalOrder::usual_memory_bytes, 2000), expected);
  for (const std::size_t memory : {std::size_t{1}, std::size_t{10'000}, std::size_t{200'000}}) {
    EXPECT_EQ(in_order(scratch.folder(), memory, 2000), expected) << memory;
  }
  EXPECT_TRUE(std::filesystem::is_empty(scratch.folder()));
  EXPECT_TRUE(in_order(scratch.folder(), 1, 0).empty());
}

TEST_F(ArrivalOrderTest, EndsEarly) {
  ArrivalOrder order(scratch.folder(), 100);
  for (std::uint64_t number = 0; number < 50; ++number) ASSERT_TRUE(order.add(number, line_of(number)));
  int lines = 0;
  EXPECT_TRUE(order.finish([&](std::string_view /*line*/) { return ++lines < 7; }));
  EXPECT_EQ(lines, 7);
}

TEST_F(ArrivalOrderTest, SaysWhereItCannotWrite) {
  ArrivalOrder order(scratch.folder() + "/missing", 1);
  const auto added = order.add(1, "x");
  ASSERT_FALSE(added);
  EXPECT_NE(added.error().message.find("/missing/order-"), std::string::npos) << added.error().message;
}

}  // namespace
}  // namespace trackalert::app
