// SPDX-License-Identifier: Apache-2.0
// The directory is removed, moved or replaced under a running history: it takes nothing more, says so once, and goes on
// where the directory was only away for a while.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "history/rocksdb/temporary_history_for_tests.h"

namespace trackalert::history::rocksdb {
namespace {

namespace fs = std::filesystem;

class LostPlace : public testing::Test {
 protected:
  std::string refusal() {
    auto report = report_of("ann");
    report.t = static_cast<double>(bench_.now()) / static_cast<double>(second);
    Arrival arrival{.report = &report};
    const auto taken = history_->append({&arrival, 1});
    return taken ? "" : taken.error().message;
  }
  [[nodiscard]] int lines_about(std::string_view text) const {
    return static_cast<int>(std::ranges::count_if(bench_.lines, [&](const auto& line) { return line.contains(text); }));
  }

  Bench bench_;
  const fs::path folder_ = bench_.folder.path();
  const fs::path elsewhere_ = bench_.folder.path("elsewhere");
  std::unique_ptr<LocalHistory> history_ = bench_.open();
};

TEST_F(LostPlace, TakesNothingIntoNowhere) {
  ASSERT_EQ(refusal(), "");
  fs::remove_all(folder_);
  EXPECT_THAT(refusal(), testing::AllOf(testing::HasSubstr("removed or moved"), testing::HasSubstr(folder_.string())));
  for (int i = 0; i < 5; ++i) {
    history_->upkeep_round();
    EXPECT_NE(refusal(), "");
  }
  EXPECT_FALSE(history_->status().accepting);
  EXPECT_EQ(lines_about("no reports are taken"), 1) << testing::PrintToString(bench_.lines);
  EXPECT_FALSE(history_->erase("ann"));
  EXPECT_FALSE(history_->backup(bench_.folder.path("backup")));
  history_.reset();
  EXPECT_FALSE(fs::exists(folder_)) << "nothing is made anew there";
}

TEST_F(LostPlace, IsNoticedWithoutAReport) {
  fs::remove_all(folder_);
  history_->upkeep_round();
  EXPECT_FALSE(history_->status().accepting);
  EXPECT_THAT(history_->status().trouble, testing::HasSubstr("removed or moved"));
}

TEST_F(LostPlace, IsNotACopyOfIt) {
  ASSERT_EQ(refusal(), "");
  fs::rename(folder_, elsewhere_);
  fs::copy(elsewhere_, folder_, fs::copy_options::recursive);
  EXPECT_THAT(refusal(), testing::HasSubstr("replaced"));
}

TEST_F(LostPlace, GoesOnWhereItWasPutBack) {
  ASSERT_EQ(refusal(), "");
  fs::rename(folder_, elsewhere_);
  EXPECT_NE(refusal(), "");
  history_->upkeep_round();
  fs::rename(elsewhere_, folder_);
  history_->upkeep_round();
  EXPECT_EQ(refusal(), "");
  EXPECT_EQ(count(*history_, {}), 2);
  history_.reset();
  history_ = bench_.open();
  EXPECT_EQ(count(*history_, {}), 2);
}

}  // namespace
}  // namespace trackalert::history::rocksdb
