// SPDX-License-Identifier: Apache-2.0
// Damaged directories: never silently wrong; a check says what is damaged and lost; a repair keeps what can be read.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <set>

#include "history/rocksdb/check.h"
#include "history/rocksdb/temporary_history_for_tests.h"

namespace trackalert::history::rocksdb {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr int logins = 20;

class Damage : public testing::Test {
 protected:
  Damage() { bench_.setup.options.retention = 4000 * day; }

  void reports(LocalHistory& history, int count) {
    for (int i = 0; i < count; ++i) {
      auto report = report_of("user" + std::to_string(number_ % logins), "192.0.2." + std::to_string(number_ % 200),
                              number_ % 3 == 0);
      report.session_id = std::to_string(number_++);
      add(history, std::move(report), bench_.now());
    }
  }
  /// Three segments of 100 reports and a tail of 50, all of it in files; which file belongs to what.
  /// The files as they lie there afterwards: while it is open, they are merged in the background.
  std::vector<Store::TableFile> fill() {
    {
      auto history = bench_.open();
      for (int i = 0; i < 3; ++i) {
        reports(*history, 100);
        EXPECT_TRUE(history->seal_now());
      }
      reports(*history, 50);
      EXPECT_TRUE(history->write_back());
      EXPECT_TRUE(history->sync());
      EXPECT_TRUE(history->store().flush());
    }
    auto store = Store::open({.folder = bench_.folder.path("history/db"), .read_only = true}, bench_.log);
    EXPECT_TRUE(store);
    return store ? (*store)->table_files() : std::vector<Store::TableFile>{};
  }
  [[nodiscard]] Workshop workshop() {
    return {.options = bench_.setup.options, .clock = bench_.clock, .log = bench_.log};
  }

  CheckReport checked(bool derived = true) {
    auto report = check(workshop(), derived);
    EXPECT_TRUE(report) << report.error().message;
    return report ? std::move(*report) : CheckReport{};
  }
  RepairReport repaired() {
    auto report = repair(workshop());
    EXPECT_TRUE(report) << report.error().message;
    return report ? std::move(*report) : RepairReport{};
  }
  std::set<std::string> found(const LocalHistory& history) {
    std::multiset<std::string> out;
    EXPECT_TRUE(history.each_event({}, [&](const Event& event) {
      out.insert(event.report.session_id);
      return true;
    }));
    std::set<std::string> once(out.begin(), out.end());
    EXPECT_EQ(out.size(), once.size()) << "a report is there twice";
    return once;
  }
  static std::set<std::string> numbers(int first, int end) {
    std::set<std::string> out;
    for (int i = first; i < end; ++i) out.insert(std::to_string(i));
    return out;
  }
  static std::set<std::string> all_but(std::set<std::string> all, int first, int end) {
    for (int i = first; i < end; ++i) all.erase(std::to_string(i));
    return all;
  }
  /// It opens, holds just these, finds them by login too, takes new ones, and a check finds nothing.
  void expect_sound(const std::set<std::string>& survivors) {
    {
      auto history = bench_.open();
      EXPECT_EQ(found(*history), survivors);
      std::size_t by_login = 0;
      for (int i = 0; i < logins; ++i) by_login += count(*history, {.login = "user" + std::to_string(i)});
      EXPECT_EQ(by_login, survivors.size());
      std::size_t by_remote = 0;
      for (int i = 0; i < 200; ++i) {
        by_remote += count(*history, {.remote = *base::parse_prefix("192.0.2." + std::to_string(i))});
      }
      EXPECT_EQ(by_remote, survivors.size());
      reports(*history, 10);
      EXPECT_EQ(found(*history).size(), survivors.size() + 10);
      EXPECT_TRUE(history->seal_now());
    }
    EXPECT_THAT(checked().damage, IsEmpty());
  }
  static const Store::TableFile& file_of(const std::vector<Store::TableFile>& files, Family family, SegmentId segment) {
    for (const auto& file : files) {
      const bool holds = file.first <= page_key(segment, 1) && file.last >= page_key(segment, 1);
      if (file.family == family && (family != Family::segments || holds)) return file;
    }
    ADD_FAILURE() << "no such file";
    return files.front();
  }
  static void flip(const std::string& path, std::uintmax_t at) {
    std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
    file.seekg(static_cast<std::streamoff>(at));
    const auto byte = static_cast<char>(file.get() ^ 0x55);
    file.seekp(static_cast<std::streamoff>(at));
    file.put(byte);
  }
  /// The database's log of writes, the newest.
  [[nodiscard]] std::string log_of_writes() const {
    std::string newest;
    for (const auto& entry : fs::directory_iterator(bench_.folder.path() + "/db")) {
      if (entry.path().extension() == ".log") newest = std::max(newest, entry.path().string());
    }
    return newest;
  }
  /// As a crash leaves it: a copy taken while it is open.
  void crash(std::unique_ptr<LocalHistory> history) {
    const auto copy = bench_.folder.path("copy");
    fs::copy(bench_.folder.path(), copy, fs::copy_options::recursive);
    history.reset();
    fs::remove_all(bench_.folder.path());
    fs::rename(copy, bench_.folder.path());
  }

  Bench bench_;
  int number_ = 0;
};

TEST_F(Damage, NoneIsFoundWhereThereIsNone) {
  fill();
  const auto report = checked();
  EXPECT_THAT(report.damage, IsEmpty());
  EXPECT_EQ(report.reports, 350);
  EXPECT_EQ(report.segments, 3);
  EXPECT_GT(report.compared, 100);
  EXPECT_EQ(report.left_out, 0);
  EXPECT_TRUE(repaired().undamaged);
  expect_sound(numbers(0, 350));
}

TEST_F(Damage, NoneIsFoundAfterErasingAndFolding) {
  fill();
  {
    auto history = bench_.open();
    ASSERT_TRUE(history->erase("user3"));
    bench_.clock.advance(std::chrono::hours(24 * 10));
    ASSERT_TRUE(history->close_old_days());
    reports(*history, 50);
  }
  EXPECT_THAT(checked().damage, IsEmpty());
}

TEST_F(Damage, OfOnePageIsFoundAndItsSegmentDropped) {
  const auto files = fill();
  flip(file_of(files, Family::segments, 2).path, 40);
  {
    const auto opened = bench_.try_open();
    EXPECT_FALSE(opened && (*opened)->query({.filter = {}, .what = CountQuery{}}));
  }
  EXPECT_THAT(testing::PrintToString(checked().damage), HasSubstr("the reports number 101 to 200 are lost"));
  const auto report = repaired();
  EXPECT_THAT(testing::PrintToString(report.lost), HasSubstr("101 to 200"));
  expect_sound(all_but(numbers(0, 350), 100, 200));
}

TEST_F(Damage, OfAMissingFileStopsTheStart) {
  const auto files = fill();
  const auto& file = file_of(files, Family::segments, 3);
  fs::remove(file.path);
  const auto opened = bench_.try_open();
  ASSERT_FALSE(opened);
  EXPECT_THAT(opened.error().message, HasSubstr(fs::path(file.path).filename().string()));
  EXPECT_THAT(opened.error().message, HasSubstr("trackalert history repair"));
  EXPECT_THAT(testing::PrintToString(checked().damage), HasSubstr("201 to 300"));
  repaired();
  expect_sound(all_but(numbers(0, 350), 200, 300));
}

TEST_F(Damage, OfTheFirstSegmentIsNoAgeing) {
  const auto files = fill();
  fs::resize_file(file_of(files, Family::segments, 1).path, 100);
  EXPECT_FALSE(bench_.try_open());
  EXPECT_FALSE(checked().damage.empty());
  repaired();
  expect_sound(all_but(numbers(0, 350), 0, 100));
}

TEST_F(Damage, OfAnIndexIsMended) {
  const auto files = fill();
  flip(file_of(files, Family::logins, 0).path, 10);
  fs::remove(file_of(files, Family::remotes, 0).path);
  EXPECT_FALSE(bench_.try_open());
  EXPECT_FALSE(checked().damage.empty());
  const auto report = repaired();
  EXPECT_TRUE(report.rebuilt_indexes);
  EXPECT_THAT(report.lost, IsEmpty());
  expect_sound(numbers(0, 350));
}

TEST_F(Damage, OfProfilesAndTrendsIsMended) {
  for (const auto family : {Family::profiles, Family::trends}) {
    const auto files = fill();
    fs::resize_file(file_of(files, family, 0).path, 10);
    EXPECT_FALSE(bench_.try_open());
    EXPECT_FALSE(checked().damage.empty());
    const auto report = repaired();
    EXPECT_TRUE(report.rebuilt_derived);
    EXPECT_THAT(report.lost, IsEmpty());
    expect_sound(numbers(0, number_));
  }
}

TEST_F(Damage, OfTheTailsFileLosesTheTail) {
  const auto files = fill();
  flip(file_of(files, Family::tail, 0).path, 40);
  EXPECT_FALSE(bench_.try_open());
  EXPECT_THAT(testing::PrintToString(checked().damage), HasSubstr("301 to 350"));
  repaired();
  expect_sound(numbers(0, 300));
}

TEST_F(Damage, OfTheEndOfTheLogOfWritesIsNoTornWrite) {
  fill();
  auto history = bench_.open();
  reports(*history, 50);
  ASSERT_TRUE(history->sync());
  crash(std::move(history));
  fs::resize_file(log_of_writes(), fs::file_size(log_of_writes()) / 2);
  bench_.setup.upkeep = true;
  EXPECT_FALSE(bench_.try_open());
  const auto opened = bench_.try_open();
  ASSERT_FALSE(opened) << "a start that failed has covered it up";
  EXPECT_THAT(opened.error().message, HasSubstr("400"));
  bench_.setup.upkeep = false;
  EXPECT_THAT(testing::PrintToString(checked().damage), HasSubstr("400 are lost"));
  const auto report = repaired();
  EXPECT_THAT(testing::PrintToString(report.lost), HasSubstr("400 are lost"));
  auto mended = bench_.open();
  const auto survivors = found(*mended);
  EXPECT_LT(survivors.size(), 400);
  EXPECT_GE(survivors.size(), 350);
  mended.reset();
  expect_sound(survivors);
}

TEST_F(Damage, AmidTheLogOfWritesSparesWhatLiesBehind) {
  fill();
  auto history = bench_.open();
  for (int i = 0; i < 30; ++i) reports(*history, 50);
  ASSERT_TRUE(history->sync());
  crash(std::move(history));
  flip(log_of_writes(), fs::file_size(log_of_writes()) / 2);
  EXPECT_FALSE(bench_.try_open());
  EXPECT_FALSE(checked().damage.empty());
  repaired();
  auto mended = bench_.open();
  const auto survivors = found(*mended);
  EXPECT_LT(survivors.size(), 1850);
  EXPECT_TRUE(survivors.contains("1849"));
  mended.reset();
  expect_sound(survivors);
}

TEST_F(Damage, OfTheListOfFilesWantsABackup) {
  fill();
  for (const auto& entry : fs::directory_iterator(bench_.folder.path() + "/db")) {
    if (entry.path().filename().string().starts_with("MANIFEST")) fs::resize_file(entry.path(), 20);
  }
  EXPECT_FALSE(bench_.try_open());
  EXPECT_FALSE(checked().damage.empty());
  const auto report = repair(workshop());
  ASSERT_FALSE(report);
  EXPECT_THAT(report.error().message, HasSubstr("restore a backup"));
}

TEST_F(Damage, OfTheBeginningIsNoEmptyHistory) {
  fill();
  fs::remove(bench_.folder.path() + "/db/CURRENT");
  EXPECT_FALSE(bench_.try_open());
  EXPECT_FALSE(repair(workshop()));
}

TEST_F(Damage, IsOnlyLookedForWhereNobodyElseWorks) {
  fill();
  const auto history = bench_.open();
  const auto report = check(workshop(), false);
  ASSERT_FALSE(report);
  EXPECT_THAT(report.error().message, HasSubstr("in use by another process"));
  EXPECT_FALSE(repair(workshop()));
}

TEST_F(Damage, OfAProfileThatCountsWrongIsFound) {
  fill();
  {
    auto history = bench_.open();
    Store::Batch batch(history->store());
    batch.remove(Family::profiles, profile_key("user3"));
    ASSERT_TRUE(history->store().write(batch, true));
  }
  EXPECT_THAT(checked(false).damage, IsEmpty());
  EXPECT_THAT(testing::PrintToString(checked().damage), HasSubstr("user3"));
}

}  // namespace
}  // namespace trackalert::history::rocksdb
