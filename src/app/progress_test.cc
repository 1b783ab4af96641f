// SPDX-License-Identifier: Apache-2.0
#include "app/progress.h"

#include <gtest/gtest.h>

namespace trackalert::app {
namespace {

TEST(ProgressLine, ShowsHowFar) {
  const std::string half = std::string(15, '=') + std::string(15, ' ');
  EXPECT_EQ(progress_line(0.5, 1000, "reports", 2), "[" + half + "]  50 %  1000 reports  500/s");
  EXPECT_EQ(progress_line(0, 0, "reports", 0), "[" + std::string(30, ' ') + "]   0 %  0 reports  0/s");
  EXPECT_EQ(progress_line(7, 1, "reports", 1), "[" + std::string(30, '=') + "] 100 %  1 reports  1/s")
      << "a file that grows";
  EXPECT_EQ(progress_line(std::nullopt, 1000, "attempts", 2), "1000 attempts  500/s");
}

}  // namespace
}  // namespace trackalert::app
