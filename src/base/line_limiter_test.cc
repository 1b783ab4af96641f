// SPDX-License-Identifier: Apache-2.0
#include "base/line_limiter.h"

#include <gtest/gtest.h>

namespace trackalert::base {
namespace {

using namespace std::chrono_literals;

TEST(LineLimiter, AdmitsSoManyASecondAndCountsTheRest) {
  base::FakeClock clock;
  LineLimiter lines(clock, 3);
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(lines.admit());
  EXPECT_FALSE(lines.admit());
  EXPECT_FALSE(lines.admit());
  EXPECT_EQ(lines.take_left_out(), 0) << "the second is not over";
  clock.advance(1s);
  EXPECT_EQ(lines.take_left_out(), 2);
  EXPECT_EQ(lines.take_left_out(), 0);
  EXPECT_TRUE(lines.admit());
}

TEST(LineLimiter, TheEndCanAskEarly) {
  base::FakeClock clock;
  LineLimiter lines(clock, 0);
  EXPECT_FALSE(lines.admit());
  EXPECT_EQ(lines.take_left_out(true), 1);
}

TEST(LineLimiter, AJumpingWallClockChangesNothing) {
  base::FakeClock clock;
  LineLimiter lines(clock, 1);
  EXPECT_TRUE(lines.admit());
  clock.set_wall(base::WallTime{});
  EXPECT_FALSE(lines.admit());
}

}  // namespace
}  // namespace trackalert::base
