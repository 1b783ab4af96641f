// SPDX-License-Identifier: Apache-2.0
// A full disk, whatever is being written when it is: nothing acknowledged is lost, nothing refused comes back twice,
// one line in the log says so, and reports are taken again as soon as there is space.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <set>

#include "history/rocksdb/failing_disk_for_tests.h"
#include "history/rocksdb/temporary_history_for_tests.h"

namespace trackalert::history::rocksdb {
namespace {

class FullDisk : public testing::Test {
 protected:
  FullDisk() { bench_.setup.env = disk_.env(); }

  /// Whether the report was taken.
  bool report(LocalHistory& history) {
    auto report = report_of("user" + std::to_string(number_ % 7));
    report.session_id = std::to_string(number_++);
    report.t = static_cast<double>(bench_.now()) / second;
    Arrival arrival{.report = &report};
    const bool taken = history.append({&arrival, 1}).has_value();
    if (taken) taken_.insert(report.session_id);
    return taken;
  }
  /// The disk is full for the moment of one report.
  void refuse_one(LocalHistory& history) {
    disk_.set_full(true);
    EXPECT_FALSE(report(history));
    disk_.set_full(false);
  }
  void reports(LocalHistory& history, int count) {
    for (int i = 0; i < count; ++i) ASSERT_TRUE(report(history));
  }
  /// Upkeep rounds until reports are taken again, as the upkeep thread makes one a second.
  bool recovers(LocalHistory& history) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (!history.status().accepting && std::chrono::steady_clock::now() < end) history.upkeep_round();
    return history.status().accepting;
  }
  void expect_all_there(const LocalHistory& history) {
    std::multiset<std::string> found;
    ASSERT_TRUE(history.each_event({}, [&](const Event& event) {
      found.insert(event.report.session_id);
      return true;
    }));
    EXPECT_EQ(found, std::multiset<std::string>(taken_.begin(), taken_.end()));
    std::uint64_t in_profiles = 0;
    for (int i = 0; i < 7; ++i) {
      const auto profile = history.profile("user" + std::to_string(i));
      ASSERT_TRUE(profile);
      in_profiles += profile->total().successes;
    }
    EXPECT_EQ(in_profiles, taken_.size());
  }
  void expect_all_there_after_restart(std::unique_ptr<LocalHistory> history) {
    expect_all_there(*history);
    history.reset();
    expect_all_there(*bench_.open());
  }
  [[nodiscard]] int lines_about(std::string_view text) const {
    return static_cast<int>(
        std::ranges::count_if(bench_.lines, [&](const auto& line) { return line.find(text) != std::string::npos; }));
  }

  FailingDisk disk_;
  Bench bench_;
  int number_ = 0;
  std::set<std::string> taken_;
};

TEST_F(FullDisk, RefusesReportsUntilThereIsSpace) {
  auto history = bench_.open();
  reports(*history, 100);
  disk_.set_full(true);
  for (int i = 0; i < 50; ++i) EXPECT_FALSE(report(*history));
  EXPECT_THAT(history->status().trouble, testing::HasSubstr("No space left on device"));
  history->upkeep_round();
  EXPECT_FALSE(history->status().accepting);
  EXPECT_EQ(lines_about("no reports are taken"), 1);
  expect_all_there(*history);
  disk_.set_full(false);
  ASSERT_TRUE(recovers(*history));
  EXPECT_EQ(history->status().trouble, "");
  EXPECT_EQ(lines_about("reports are taken"), 2) << testing::PrintToString(bench_.lines);
  reports(*history, 100);
  expect_all_there_after_restart(std::move(history));
}

TEST_F(FullDisk, GoesOnAsSoonAsWhatIsInMemoryFits) {
  auto history = bench_.open();
  reports(*history, 100);
  refuse_one(*history);
  disk_.set_free(std::uint64_t{1} << 20);
  history->upkeep_round();
  EXPECT_FALSE(history->status().accepting);
  EXPECT_THAT(history->status().trouble, testing::HasSubstr("1048576 bytes are free"));
  disk_.set_free(std::uint64_t{8} << 20);
  ASSERT_TRUE(recovers(*history));
  expect_all_there_after_restart(std::move(history));
}

TEST_F(FullDisk, WaitsForQuestionsToEnd) {
  auto history = bench_.open();
  reports(*history, 100);
  refuse_one(*history);
  {
    const auto question = history->store().iterate(Family::tail);
    history->upkeep_round();
    EXPECT_FALSE(history->status().accepting);
    EXPECT_THAT(history->status().trouble, testing::HasSubstr("questions keep"));
    expect_all_there(*history);
    question->SeekToFirst();
    EXPECT_TRUE(question->Valid());
  }
  ASSERT_TRUE(recovers(*history));
  expect_all_there_after_restart(std::move(history));
}

TEST_F(FullDisk, WhatCannotBeOpenedAnewFailsUntilItCan) {
  auto history = bench_.open();
  reports(*history, 100);
  ASSERT_TRUE(history->seal_now());
  refuse_one(*history);
  const auto current = history->store().folder() + "/CURRENT";
  std::filesystem::rename(current, current + ".away");
  history->upkeep_round();
  EXPECT_FALSE(history->status().accepting);
  EXPECT_FALSE(history->each_event({}, [](const Event&) { return true; }));
  EXPECT_FALSE(history->profile("user that nobody remembers"));
  EXPECT_FALSE(report(*history));
  std::filesystem::rename(current + ".away", current);
  ASSERT_TRUE(recovers(*history));
  reports(*history, 100);
  expect_all_there_after_restart(std::move(history));
}

TEST_F(FullDisk, DoesNotGoOnWithoutWhatItHadWritten) {
  auto history = bench_.open();
  reports(*history, 100);
  refuse_one(*history);
  std::filesystem::path log;
  for (const auto& entry : std::filesystem::directory_iterator(history->store().folder())) {
    if (entry.path().extension() == ".log") log = entry.path();
  }
  const auto kept = log.string() + ".kept";
  std::filesystem::copy_file(log, kept);
  std::filesystem::resize_file(log, std::filesystem::file_size(log) / 2);
  for (int i = 0; i < 2; ++i) {
    history->upkeep_round();
    EXPECT_FALSE(history->status().accepting);
    EXPECT_THAT(history->status().trouble, testing::HasSubstr("its log has lost writes"));
    EXPECT_FALSE(report(*history));
  }
  std::filesystem::rename(kept, log);
  ASSERT_TRUE(recovers(*history));
  reports(*history, 100);
  expect_all_there_after_restart(std::move(history));
}

TEST_F(FullDisk, WhatWasRefusedAndIsKeptAllTheSameDoesNotComeBack) {
  bench_.setup.options.sync = Sync::always;
  auto history = bench_.open();
  reports(*history, 10);
  disk_.set_unsure(true);
  EXPECT_FALSE(report(*history));
  disk_.set_unsure(false);
  ASSERT_TRUE(recovers(*history));
  expect_all_there_after_restart(std::move(history));
}

TEST_F(FullDisk, IsNotFullYet) {
  auto history = bench_.open();
  reports(*history, 100);
  ASSERT_TRUE(history->seal_now());
  reports(*history, 100);
  expect_all_there_after_restart(std::move(history));
}

TEST_F(FullDisk, SurvivesOneSealLater) {
  auto history = bench_.open();
  reports(*history, 100);
  disk_.set_full(true);
  EXPECT_FALSE(history->seal_now());
  disk_.set_full(false);
  history->upkeep_round();
  ASSERT_TRUE(recovers(*history));
  ASSERT_TRUE(history->seal_now());
  EXPECT_EQ(history->view().directory->rows(), 100);
  reports(*history, 100);
  expect_all_there_after_restart(std::move(history));
}

TEST_F(FullDisk, SurvivesAFlush) {
  auto history = bench_.open();
  reports(*history, 100);
  ASSERT_TRUE(history->write_back());
  disk_.set_full(true);
  EXPECT_FALSE(history->store().flush());
  disk_.set_full(false);
  ASSERT_TRUE(report(*history) || recovers(*history));
  reports(*history, 100);
  expect_all_there_after_restart(std::move(history));
}

TEST_F(FullDisk, EndsAndStartsAgainWithWhatWasAccepted) {
  auto history = bench_.open();
  reports(*history, 100);
  disk_.set_full(true);
  EXPECT_FALSE(report(*history));
  history.reset();
  disk_.set_full(false);
  history = bench_.open();
  expect_all_there(*history);
  reports(*history, 10);
  expect_all_there_after_restart(std::move(history));
}

TEST_F(FullDisk, FillsAgainAndAgain) {
  bench_.setup.tail_bytes = 4096;
  auto history = bench_.open();
  for (int round = 0; round < 20; ++round) {
    for (int i = 0; i < 30; ++i) (void)report(*history);
    history->upkeep_round();
    disk_.set_full(true);
    for (int i = 0; i < round % 3; ++i) EXPECT_FALSE(report(*history));
    history->upkeep_round();
    if (round % 5 == 0) (void)history->seal_now();
    disk_.set_full(false);
    ASSERT_TRUE(recovers(*history));
  }
  reports(*history, 10);
  expect_all_there_after_restart(std::move(history));
}

}  // namespace
}  // namespace trackalert::history::rocksdb
