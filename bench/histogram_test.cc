// SPDX-License-Identifier: Apache-2.0
#include "bench/histogram.h"

#include <gtest/gtest.h>

#include <cstdint>

namespace trackalert::bench {
namespace {

using std::chrono::nanoseconds;
using namespace std::chrono_literals;

TEST(Histogram, IsZeroWithoutSamples) {
  const Histogram histogram;
  EXPECT_EQ(histogram.quantile(0.5), 0ns);
  EXPECT_EQ(histogram.max(), 0ns);
}

TEST(Histogram, IsExactForSmallValues) {
  Histogram histogram;
  for (int i = 1; i <= 63; ++i) histogram.add(nanoseconds(i));
  EXPECT_EQ(histogram.quantile(0), 1ns);
  EXPECT_EQ(histogram.quantile(1.0 / 63), 1ns);
  EXPECT_EQ(histogram.quantile(0.5), 32ns);
  EXPECT_EQ(histogram.quantile(1), 63ns);
}

TEST(Histogram, IsNeverLowAndAtMostAStepHigh) {
  for (std::int64_t value = 1; value < std::int64_t{1} << 43; value = value * 17 / 16 + 1) {
    Histogram histogram;
    histogram.add(nanoseconds(value));
    histogram.add(4h);  // so that the maximum does not hide the edge of the bucket
    const auto found = histogram.quantile(0.5).count();
    EXPECT_GE(found, value);
    EXPECT_LE(found, value + value / 64 + 1) << value;
  }
}

TEST(Histogram, PicksTheRank) {
  Histogram histogram;
  for (int i = 0; i < 990; ++i) histogram.add(10us);
  for (int i = 0; i < 10; ++i) histogram.add(5ms);
  EXPECT_LT(histogram.quantile(0.99), 11us);
  EXPECT_GT(histogram.quantile(0.991), 4ms);
  EXPECT_EQ(histogram.quantile(1), 5ms);
}

TEST(Histogram, HoldsWhatIsOutOfRange) {
  Histogram histogram;
  histogram.add(-5ns);
  EXPECT_EQ(histogram.quantile(1), 0ns);
  histogram.add(nanoseconds::max());
  EXPECT_EQ(histogram.count(), 2U);
  EXPECT_EQ(histogram.quantile(1), histogram.max());
  EXPECT_GT(histogram.max(), 4h);
}

TEST(Histogram, AddsUp) {
  Histogram low;
  Histogram high;
  low.add(1us);
  high.add(1ms);
  high.add(2ms);
  low.add(high);
  EXPECT_EQ(low.count(), 3U);
  EXPECT_EQ(low.max(), 2ms);
  EXPECT_GE(low.quantile(0.5), 1ms);
}

}  // namespace
}  // namespace trackalert::bench
