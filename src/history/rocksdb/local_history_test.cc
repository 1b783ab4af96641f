// SPDX-License-Identifier: Apache-2.0
// What the contract does not ask of a LocalHistory: age, space, other processes, and the bytes it leaves behind.
#include "history/rocksdb/local_history.h"

#include <gmock/gmock.h>

#include <fstream>

#include "history/rocksdb/continuity.h"
#include "history/rocksdb/temporary_history_for_tests.h"

namespace trackalert::history::rocksdb {
namespace {

namespace fs = std::filesystem;
using testing::Each;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

/// The files below the folder that hold the text.
std::vector<std::string> files_with(const std::string& folder, const std::string& text) {
  std::vector<std::string> found;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (!entry.is_regular_file()) continue;
    std::ifstream file(entry.path(), std::ios::binary);
    const std::string bytes((std::istreambuf_iterator<char>(file)), {});
    if (bytes.find(text) != std::string::npos) found.push_back(entry.path().string());
  }
  return found;
}

TEST(LocalHistory, FindsWhatItWasTold) {
  Bench bench;
  const auto history = bench.open();
  add(*history, report_of("ann"), bench.now());
  add(*history, report_of("bob", "2001:db8::1", false), bench.now());
  EXPECT_EQ(count(*history, {.login = "ann"}), 1);
  EXPECT_EQ(count(*history, {.remote = *base::parse_prefix("2001:db8::/32")}), 1);
  EXPECT_EQ(count(*history, {.success = false}), 1);
  EXPECT_EQ(history->status().reports, 2);
}

TEST(LocalHistory, OneProcessAtATime) {
  Bench bench;
  const auto history = bench.open();
  const auto second = bench.try_open();
  ASSERT_FALSE(second);
  EXPECT_THAT(second.error().message, HasSubstr("in use by another process"));
}

TEST(LocalHistory, ASecondProcessLeavesTheFilesOfTheFirstAlone) {
  Bench bench;
  const auto history = bench.open();
  const auto being_written = bench.folder.path("history/db/bulk-trends-0.sst");
  std::ofstream(being_written) << "half a file";
  ASSERT_FALSE(bench.try_open());
  EXPECT_TRUE(fs::exists(being_written));
}

TEST(LocalHistory, SealedReportsAreFoundThroughTheirIndexes) {
  Bench bench;
  const auto history = bench.open();
  for (int i = 0; i < 1000; ++i) {
    add(*history, report_of(fmt::format("user{}", i % 100), fmt::format("192.0.2.{}", i % 50)), bench.now() - i);
  }
  ASSERT_TRUE(history->seal_now());
  ASSERT_EQ(history->view().directory->segments.size(), 1);
  EXPECT_EQ(count(*history, {.login = "user7"}), 10);
  EXPECT_EQ(count(*history, {.remote = *base::parse_prefix("192.0.2.3")}), 20);
  EXPECT_EQ(count(*history, {.remote = *base::parse_prefix("192.0.2.0/29")}), 160);
  EXPECT_EQ(count(*history, {}), 1000);
}

TEST(LocalHistory, LoginsThatBeginAlikeAreSealedInTheirOrder) {
  Bench bench;
  const auto history = bench.open();
  std::vector<std::string> logins;
  for (std::size_t length = 1; length < 24; ++length) {
    for (const auto* end : {"", "a", "b"}) logins.push_back(std::string(length, 'a') + end);
    logins.push_back(std::string(length, 'a') + std::string(3, '\0'));
    logins.push_back(std::string(length, 'a') + '\0');
    logins.push_back(std::string(length, '\xff'));
  }
  std::ranges::sort(logins);
  logins.erase(std::ranges::unique(logins).begin(), logins.end());
  for (int round = 0; round < 3; ++round) {
    for (const auto& login : logins) add(*history, report_of(login), bench.now() - round);
  }
  ASSERT_TRUE(history->seal_now());
  for (const auto& login : logins) EXPECT_EQ(count(*history, {.login = login}), 3) << login.size();
  std::vector<std::string> found;
  ASSERT_TRUE(history->each_event({}, [&](const Event& event) {
    found.push_back(event.report.login);
    return true;
  }));
  EXPECT_TRUE(std::ranges::is_sorted(found)) << "a segment lies in the order of its logins";
}

TEST(LocalHistory, AKillAfterASealLosesNoProfile) {
  Bench bench;
  const auto copy = bench.folder.path("copy");
  {
    const auto history = bench.open();
    for (int i = 0; i < 5; ++i) add(*history, report_of("ann"), bench.now());
    ASSERT_TRUE(history->seal_now());
    add(*history, report_of("ann"), bench.now());
    EXPECT_EQ(history->derived().written_to(), 0) << "a seal waits for nothing";
    ASSERT_TRUE(history->backup(copy)) << "as a kill at this moment would leave it";
  }
  bench.setup.options.folder = copy;
  const auto history = bench.open();
  EXPECT_EQ(history->profile("ann")->total().successes, 6);
  EXPECT_EQ(history->trend(Facet::login, "ann", bench.now() - day, bench.now() + 1)->successes, 6);
}

TEST(LocalHistory, AKillAmidASealCountsNothingTwice) {
  Bench bench;
  {
    const auto history = bench.open();
    for (int i = 0; i < 5; ++i) add(*history, report_of("ann"), bench.now());
    const auto pages = history->view().tails.front()->pages();
    const auto before = read_sealed(history->store());
    ASSERT_TRUE(before);
    ASSERT_TRUE(history->seal_now());
    // The segment is there, and what it was made of has not gone yet.
    Store::Batch batch(history->store());
    for (const auto& page : pages) batch.put(Family::tail, tail_key(page->first), encode_tail_page(*page));
    batch.put(Family::meta, sealed_key, encode_sealed(*before));
    ASSERT_TRUE(history->store().write(batch, true));
  }
  const auto history = bench.open();
  EXPECT_EQ(count(*history, {.login = "ann"}), 5);
  EXPECT_EQ(history->profile("ann")->total().successes, 5);
  EXPECT_EQ(history->status().reports, 5);
}

TEST(LocalHistory, EstimatesOfScratchHistoriesAreTheSame) {
  const auto estimate = [](bool scratch) {
    Bench bench;
    bench.setup.scratch = scratch;
    const auto history = bench.open();
    for (int i = 0; i < 2000; ++i) add(*history, report_of(fmt::format("user{}", i)), bench.now());
    return history->trend(Facet::all, "", bench.now() - day, bench.now() + 1)->logins.count();
  };
  const auto first = estimate(true);
  EXPECT_EQ(estimate(true), first);
  EXPECT_TRUE(estimate(false) != first || estimate(false) != first || estimate(false) != first)
      << "else keys are no secret";
}

TEST(LocalHistory, ProfilesMayHaveTheMemoryThatTrendsDoNotNeed) {
  const auto evictions = [](bool looked_after) {
    Bench bench;
    bench.setup.options.memory_bytes = std::size_t{8} << 20;
    const auto history = bench.open();
    for (int net = 0; net < 30; ++net) {
      if (looked_after) history->upkeep_round();
      for (int login = 0; login < 2100; ++login) {
        add(*history, report_of(fmt::format("user{}", login), fmt::format("10.{}.0.1", net)), bench.now());
      }
    }
    return history->derived().counts().profiles.evictions;
  };
  EXPECT_EQ(evictions(true), 0);
  EXPECT_GT(evictions(false), 0);
}

TEST(LocalHistory, OldReportsGoWithTheirSegment) {
  Bench bench;
  bench.setup.options.retention = 10 * day;
  const auto history = bench.open();
  add(*history, report_of("ann"), bench.now());
  ASSERT_TRUE(history->seal_now());
  bench.clock.advance(std::chrono::hours(24 * 9));
  add(*history, report_of("ann"), bench.now());
  ASSERT_TRUE(history->seal_now());
  ASSERT_TRUE(history->drop_old());
  EXPECT_EQ(count(*history, {.login = "ann"}), 2);
  bench.clock.advance(std::chrono::hours(24 * 2));
  EXPECT_EQ(count(*history, {.login = "ann"}), 1) << "too old to be seen, though still there";
  ASSERT_TRUE(history->drop_old());
  EXPECT_EQ(history->view().directory->segments.size(), 1);
  EXPECT_EQ(count(*history, {.login = "ann"}), 1);
  EXPECT_EQ(history->profile("ann")->total().successes, 2) << "profiles are kept longer";
}

TEST(LocalHistory, WhatCameLateGoesByItsOwnAge) {
  Bench bench;
  bench.setup.options.retention = 10 * day;
  {
    const auto history = bench.open();
    for (const auto ago : {Time{0}, 9 * day, 8 * day, Time{0}}) {
      add(*history, report_of("ann"), bench.now() - ago);
      ASSERT_TRUE(history->seal_now());
    }
    bench.clock.advance(std::chrono::hours(24 * 3));
    ASSERT_TRUE(history->drop_old());
    EXPECT_EQ(history->view().directory->segments.size(), 2);
    add(*history, report_of("ann"), bench.now());
  }
  {
    const auto history = bench.open();  // a hole that is no damage
    EXPECT_EQ(count(*history, {}), 3);
    bench.clock.advance(std::chrono::hours(24 * 8));
    ASSERT_TRUE(history->drop_old());
    EXPECT_EQ(count(*history, {}), 1);
  }
  EXPECT_EQ(count(*bench.open(), {}), 1);
}

TEST(LocalHistory, ALogThatAgedOutWhollyGoesOnCounting) {
  Bench bench;
  bench.setup.options.retention = day;
  {
    const auto history = bench.open();
    add(*history, report_of("ann"), bench.now());
    ASSERT_TRUE(history->seal_now());
    bench.clock.advance(std::chrono::hours(72));
    ASSERT_TRUE(history->drop_old());
    EXPECT_EQ(history->status().reports, 0);
  }
  const auto history = bench.open();
  EXPECT_EQ(history->status().last_sequence, 1);
  add(*history, report_of("ann"), bench.now());
  EXPECT_EQ(history->profile("ann")->total().successes, 2);
}

TEST(LocalHistory, TheOldestGoEarlyWhereSpaceIsShort) {
  Bench bench;
  bench.setup.options.max_disk_bytes = 1;
  const auto history = bench.open();
  add(*history, report_of("ann"), bench.now());
  ASSERT_TRUE(history->seal_now());
  ASSERT_TRUE(history->drop_old());
  EXPECT_EQ(count(*history, {}), 0);
  EXPECT_THAT(bench.lines.back(), HasSubstr("setHistoryMaxDiskGB"));
}

/// As a process that is killed between taking files over, which links them, and removing their own names.
void leave_links_behind(const std::string& folder) {
  unsigned number = 0;
  const std::vector<fs::directory_entry> files(fs::directory_iterator(folder), fs::directory_iterator{});
  for (const auto& entry : files) {
    if (entry.path().extension() != ".sst") continue;
    for (const auto* family : {"segments", "logins", "remotes", "profiles", "trends"}) {
      std::error_code taken;
      fs::create_hard_link(entry, fmt::format("{}/bulk-{}-{}.sst", folder, family, number), taken);
    }
    ++number;
  }
}

TEST(LocalHistory, FilesThatAKilledProcessLeftAreNotWrittenThrough) {
  Bench bench;
  const auto add_and_seal = [&](LocalHistory& history) {
    for (int i = 0; i < 100; ++i) add(history, report_of(fmt::format("user{}", i % 7)), bench.now());
    ASSERT_TRUE(history.seal_now());
    ASSERT_TRUE(history.write_back());
  };
  for (int start = 0; start < 3; ++start) {
    add_and_seal(*bench.open());
    leave_links_behind(bench.folder.path("history/db"));
  }
  {
    const auto history = bench.open();
    for (const auto& entry : fs::directory_iterator(bench.folder.path("history/db"))) {
      EXPECT_THAT(entry.path().filename().string(), Not(HasSubstr("bulk-")));
    }
    leave_links_behind(bench.folder.path("history/db"));
    add_and_seal(*history);
  }
  const auto history = bench.open();
  EXPECT_EQ(count(*history, {}), 400);
  EXPECT_EQ(count(*history, {.login = "user3"}), 4 * 14);
}

TEST(LocalHistory, AnErasedLoginLeavesNoBytes) {
  Bench bench;
  {
    const auto history = bench.open();
    for (int i = 0; i < 300; ++i) add(*history, report_of(i % 3 == 0 ? "erase-me@example.com" : "bob"), bench.now());
    ASSERT_TRUE(history->seal_now());
    for (int i = 0; i < 30; ++i) add(*history, report_of(i % 3 == 0 ? "erase-me@example.com" : "bob"), bench.now());
    ASSERT_TRUE(history->write_back());
    ASSERT_THAT(files_with(bench.folder.path(), "erase-me"), Not(IsEmpty()));
    EXPECT_EQ(history->erase("erase-me@example.com"), 110);
    // The database's list of files may name it as the bound of one until the next start.
    EXPECT_THAT(files_with(bench.folder.path(), "erase-me"), Each(HasSubstr("MANIFEST")));
    EXPECT_EQ(count(*history, {.login = "erase-me@example.com"}), 0);
    EXPECT_TRUE(history->profile("erase-me@example.com")->empty());
    EXPECT_EQ(count(*history, {.login = "bob"}), 220);
  }
  const auto history = bench.open();
  EXPECT_THAT(files_with(bench.folder.path(), "erase-me"), IsEmpty());
  EXPECT_EQ(count(*history, {.login = "erase-me@example.com"}), 0);
  EXPECT_TRUE(history->profile("erase-me@example.com")->empty());
  EXPECT_EQ(count(*history, {}), 220);
}

TEST(LocalHistory, PseudonymsAreFoundByTheirLogins) {
  Bench bench;
  bench.setup.options.pseudonymise = true;
  {
    const auto history = bench.open();
    for (int i = 0; i < 10; ++i) add(*history, report_of("very-secret-login"), bench.now());
    ASSERT_TRUE(history->seal_now());
    add(*history, report_of("very-secret-login"), bench.now());
    EXPECT_EQ(count(*history, {.login = "very-secret-login"}), 11);
    EXPECT_EQ(history->profile("very-secret-login")->total().successes, 11);
    EXPECT_EQ(history->trend(Facet::login, "very-secret-login", 0, bench.now() + day)->successes, 11);
    EXPECT_THAT(files_with(bench.folder.path(), "very-secret-login"), IsEmpty());
  }
  bench.setup.options.pseudonymise = false;
  const auto mixed = bench.try_open();
  ASSERT_FALSE(mixed);
  EXPECT_THAT(mixed.error().message, HasSubstr("setHistoryPseudonymise"));
}

TEST(LocalHistory, ABackupIsAHistory) {
  Bench bench;
  const auto history = bench.open();
  for (int i = 0; i < 100; ++i) add(*history, report_of("ann"), bench.now());
  ASSERT_TRUE(history->seal_now());
  add(*history, report_of("ann"), bench.now());
  const auto folder = bench.folder.path("backup");
  ASSERT_TRUE(history->backup(folder));
  EXPECT_FALSE(history->backup(folder)) << "is there already";
  add(*history, report_of("ann"), bench.now());
  bench.setup.options.folder = folder;
  const auto restored = bench.open();
  EXPECT_EQ(count(*restored, {.login = "ann"}), 101);
  EXPECT_EQ(restored->profile("ann")->total().successes, 101);
}

TEST(LocalHistory, AFloodOfNewNamesStaysWithinItsMemory) {
  Bench bench;
  const auto history = bench.open();
  for (int i = 0; i < 30; ++i) add(*history, report_of("honest"), bench.now());
  std::vector<login::Report> flood(256);
  for (int i = 0; i < 100'000; i += 256) {
    std::vector<Arrival> arrivals;
    for (int k = 0; k < 256; ++k) {
      auto& report = flood[static_cast<std::size_t>(k)];
      const auto number = static_cast<unsigned>(i + k);
      report = report_of(fmt::format("invented-{}@example.com", number), "192.0.2.1", false);
      report.remote = base::Address::v4({9, static_cast<std::uint8_t>(number >> 16),
                                         static_cast<std::uint8_t>(number >> 8), static_cast<std::uint8_t>(number)});
      report.device_attrs = {{"os.family", fmt::format("System {}", number)}};
      report.t = static_cast<double>(bench.now()) / static_cast<double>(second);
      arrivals.push_back({.report = &report});
    }
    ASSERT_TRUE(history->append(arrivals));
    if (history->derived().dirty_bytes() > bench.setup.options.memory_bytes / 8) {
      ASSERT_TRUE(history->seal_now());
    }
    ASSERT_LT(history->status().memory_bytes, bench.setup.options.memory_bytes);
  }
  EXPECT_GT(history->derived().counts().profiles.evictions, 0);
  EXPECT_EQ(history->profile("honest")->total().successes, 30);
  EXPECT_EQ(history->profile("invented-5@example.com")->total().failures, 1);
}

TEST(LocalHistory, LateReportsOfFoldedDaysAreCountedBeside) {
  Bench bench;
  const auto history = bench.open();
  const Time then = bench.now();
  add(*history, report_of("ann"), then);
  bench.clock.advance(std::chrono::hours(24 * 20));
  ASSERT_TRUE(history->close_old_days());
  add(*history, report_of("ann", "192.0.2.1", false), then);
  const auto sums = history->trend(Facet::login, "ann", then - day, then + day);
  ASSERT_TRUE(sums);
  EXPECT_EQ(sums->successes, 1);
  EXPECT_EQ(sums->failures, 1);
  ASSERT_TRUE(history->write_back());
  ASSERT_TRUE(history->close_old_days());
  EXPECT_EQ(*history->trend(Facet::login, "ann", then - day, then + day), *sums);
}

TEST(LocalHistory, MetricsSayHowItDoes) {
  Bench bench;
  const auto history = bench.open();
  add(*history, report_of("ann"), bench.now());
  history->upkeep_round();
  EXPECT_THAT(bench.registry.text(), HasSubstr("trackalert_history_reports 1\n"));
  EXPECT_THAT(bench.registry.text(), HasSubstr("trackalert_history_accepting 1\n"));
}

}  // namespace
}  // namespace trackalert::history::rocksdb
