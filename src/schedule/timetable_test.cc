// SPDX-License-Identifier: Apache-2.0
#include "schedule/timetable.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "schedule/test_zones.h"

namespace trackalert::schedule {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

constexpr base::WallTime noon{std::chrono::sys_days{2026y / 11 / 24} + 12h};

class TimetableTest : public testing::Test {
 protected:
  [[nodiscard]] Now now() const { return {clock_.now(), clock_.steady()}; }

  void add_cron(const char* expression, const char* name) {
    ASSERT_TRUE(table_.add(CronJob{name, CronExpression::parse(expression).value()}, now()));
  }
  void add_interval(std::chrono::milliseconds every, const char* name) {
    ASSERT_TRUE(table_.add(IntervalJob{name, every}, now()));
  }
  /// What starts when the time is `by` later.
  std::vector<std::string> after(std::chrono::microseconds by) {
    clock_.advance(by);
    auto due = table_.take_due(now());
    skipped_ += due.skipped;
    return due.names;
  }
  void finish(const char* name) { table_.finished(name, now()); }

  base::FakeClock clock_{noon};
  const DatabaseZone zone_{"UTC"};
  Timetable table_{zone_, 5};
  std::uint64_t skipped_ = 0;
};

TEST_F(TimetableTest, IntervalCountsFromTheEndOfTheRunBefore) {
  add_interval(2s, "f");
  EXPECT_THAT(after(0s), IsEmpty());
  EXPECT_THAT(after(1999ms), IsEmpty());
  EXPECT_THAT(after(1ms), ElementsAre("f"));
  EXPECT_THAT(after(3s), IsEmpty()) << "it runs, and does not count as due";
  finish("f");
  EXPECT_THAT(after(1999ms), IsEmpty());
  EXPECT_THAT(after(1ms), ElementsAre("f"));
  EXPECT_EQ(skipped_, 0U);
}

TEST_F(TimetableTest, CronFiresOnTheMinute) {
  add_cron("* * * * *", "f");
  EXPECT_THAT(after(59s), IsEmpty());
  EXPECT_THAT(after(999'999us), IsEmpty());
  EXPECT_THAT(after(1us), ElementsAre("f"));
  finish("f");
  EXPECT_THAT(after(59s), IsEmpty());
  EXPECT_THAT(after(1s), ElementsAre("f"));
}

TEST_F(TimetableTest, FiringsOfAFunctionThatStillRunsAreSkippedAndCounted) {
  add_cron("* * * * *", "slow");
  add_cron("* * * * *", "quick");
  EXPECT_THAT(after(60s), UnorderedElementsAre("slow", "quick"));
  finish("quick");
  EXPECT_THAT(after(60s), ElementsAre("quick"));
  finish("quick");
  EXPECT_THAT(after(60s), ElementsAre("quick"));
  EXPECT_EQ(skipped_, 2U);
  finish("slow");
  EXPECT_THAT(after(59s), IsEmpty()) << "what was skipped is not made up";
  EXPECT_THAT(after(1s), ElementsAre("slow"));
}

TEST_F(TimetableTest, OneNameInSeveralJobsNeverOverlapsItself) {
  add_cron("* * * * *", "f");
  add_cron("*/2 * * * *", "f");
  add_interval(90s, "f");
  EXPECT_THAT(after(60s), ElementsAre("f"));
  EXPECT_EQ(skipped_, 0U);
  EXPECT_THAT(after(60s), IsEmpty());
  EXPECT_EQ(skipped_, 3U) << "12:02 by both lines, and the interval's 12:01:30";
  finish("f");
  EXPECT_THAT(after(60s), ElementsAre("f"));
  finish("f");
  EXPECT_THAT(after(30s), ElementsAre("f")) << "90 s after the end of the run that it met";
}

TEST_F(TimetableTest, ALateLookIsOneFiring) {
  add_cron("* * * * *", "f");
  add_interval(10s, "g");
  EXPECT_THAT(after(1h + 30s), ElementsAre("f", "g"));
  finish("f");
  finish("g");
  EXPECT_THAT(after(9s), IsEmpty());
  EXPECT_THAT(after(1s), ElementsAre("g"));
  EXPECT_THAT(after(20s), ElementsAre("f"));
  EXPECT_EQ(skipped_, 0U);
}

TEST_F(TimetableTest, JumpsOfTheWallClockMoveCronButNotIntervals) {
  add_cron("0 * * * *", "hourly");
  add_interval(10min, "interval");
  clock_.set_wall(noon + 24h + 30min);
  EXPECT_THAT(after(0s), IsEmpty()) << "missed firings are not made up";
  EXPECT_THAT(after(10min), ElementsAre("interval"));
  EXPECT_THAT(after(20min), ElementsAre("hourly"));
  finish("hourly");
  clock_.set_wall(noon - 5min);
  EXPECT_THAT(after(1s), IsEmpty());
  EXPECT_THAT(after(5min - 1s), ElementsAre("hourly")) << "not a day later, as it was before the clock was put back";
}

TEST_F(TimetableTest, SmallStepsOfTheWallClockNeitherLoseNorDoubleAFiring) {
  add_cron("0 * * * *", "f");
  EXPECT_THAT(after(1h - 2s), IsEmpty());
  clock_.set_wall(noon + 1h + 2s);
  EXPECT_THAT(after(0s), ElementsAre("f"));
  finish("f");
  clock_.set_wall(noon + 1h - 2s);
  EXPECT_THAT(after(0s), IsEmpty());
  EXPECT_THAT(after(3s), IsEmpty());
  EXPECT_THAT(after(1h), ElementsAre("f"));
}

TEST_F(TimetableTest, RestartForgetsWhatPassed) {
  add_cron("* * * * *", "f");
  clock_.advance(10min + 1s);
  table_.restart(now());
  EXPECT_THAT(after(0s), IsEmpty());
  EXPECT_THAT(after(59s), ElementsAre("f"));
}

TEST_F(TimetableTest, WaitsUntilTheNextFiringButLooksAtTheWallClockOften) {
  EXPECT_EQ(table_.wait(now()), 1h) << "nothing to wait for";
  add_interval(30min, "f");
  EXPECT_EQ(table_.wait(now()), 30min);
  add_cron("0 0 1 1 *", "g");
  EXPECT_EQ(table_.wait(now()), Timetable::longest_blind_wait);
  clock_.advance(30min - 300ms);
  EXPECT_EQ(table_.wait(now()), 300ms);
  clock_.advance(1s);
  EXPECT_EQ(table_.wait(now()), 0s);
  clock_.set_wall(base::WallTime{std::chrono::sys_days{2027y / 1 / 1}} - 100us);
  EXPECT_THAT(after(0s), ElementsAre("f"));
  EXPECT_EQ(table_.wait(now()), 100us);
}

TEST_F(TimetableTest, RefusesWhatWouldNeverRunOrAlwaysRun) {
  for (const auto every : {0ms, -1ms, std::chrono::milliseconds::min()}) {
    const auto added = table_.add(IntervalJob{"f\n", every}, now());
    ASSERT_FALSE(added);
    EXPECT_EQ(added.error().message, "interval of background function [f\\n] is too short");
  }
  const ProcessZone process("Europe/Berlin");
  const LocalZone berlin;
  Timetable table(berlin, 5);
  const auto added = table.add(CronJob{"f", CronExpression::parse("* 2 31 3 */7").value()}, now());
  ASSERT_FALSE(added);
  EXPECT_EQ(added.error().message, "cron expression never fires: * 2 31 3 */7");
}

TEST_F(TimetableTest, CountsItsJobs) {
  for (int i = 0; i < 5; ++i) add_interval(1s, "f");
  EXPECT_EQ(table_.size(), 5U);
  EXPECT_EQ(table_.add(IntervalJob{"f", 1s}, now()).error().message,
            "too many scheduled background functions, the limit is 5");
  EXPECT_THAT(after(1s), ElementsAre("f"));
  EXPECT_EQ(table_.size(), 5U) << "also while they wait for the run's end";
  EXPECT_FALSE(table_.add(IntervalJob{"g", 1s}, now()));
  EXPECT_FALSE(table_.replace_all(std::vector<Job>(6, IntervalJob{"f", 1s}), now()));
}

TEST_F(TimetableTest, EnormousIntervalsDoNotOverflow) {
  add_interval(std::chrono::milliseconds::max(), "f");
  EXPECT_THAT(after(24h), IsEmpty());
  EXPECT_THAT(after(std::chrono::years{99}), IsEmpty());
  EXPECT_THAT(after(std::chrono::years{2}), ElementsAre("f"));
}

TEST_F(TimetableTest, ReplacesSchedulesButNotRuns) {
  add_cron("* * * * *", "f");
  add_cron("* * * * *", "gone");
  EXPECT_THAT(after(60s), UnorderedElementsAre("f", "gone"));
  finish("gone");
  ASSERT_TRUE(
      table_.replace_all({CronJob{"f", CronExpression::parse("*/2 * * * *").value()}, IntervalJob{"new", 10s}}, now()));
  EXPECT_EQ(table_.size(), 2U);
  EXPECT_THAT(after(60s), ElementsAre("new"));
  EXPECT_EQ(skipped_, 1U) << "f still runs";
  finish("f");
  EXPECT_THAT(after(60s), IsEmpty());
  EXPECT_THAT(after(60s), ElementsAre("f"));
}

TEST_F(TimetableTest, ReplacingKeepsEverythingIfOneJobIsWrong) {
  add_interval(10s, "f");
  EXPECT_FALSE(table_.replace_all({IntervalJob{"g", 10s}, IntervalJob{"h", 0ms}}, now()));
  EXPECT_THAT(after(10s), ElementsAre("f"));
}

TEST_F(TimetableTest, ReloadsDoNotStarveLongIntervals) {
  add_interval(10min, "f");
  const auto reload = [&](std::chrono::milliseconds every) {
    ASSERT_TRUE(table_.replace_all({IntervalJob{"f", every}}, now()));
  };
  for (int i = 0; i < 9; ++i) {
    EXPECT_THAT(after(1min), IsEmpty());
    reload(10min);
  }
  EXPECT_THAT(after(1min), ElementsAre("f"));
  reload(10min);
  EXPECT_THAT(after(20min), IsEmpty()) << "still waits for the run to end";
  finish("f");
  EXPECT_THAT(after(10min), ElementsAre("f"));
  finish("f");
  EXPECT_THAT(after(9min), IsEmpty());
  reload(5min);
  EXPECT_THAT(after(4min), IsEmpty()) << "another interval begins anew";
  EXPECT_THAT(after(1min), ElementsAre("f"));
}

TEST_F(TimetableTest, SaysWhenTheNextIsDueHoweverFar) {
  EXPECT_FALSE(table_.until_next(now()));
  add_cron("0 12 * * *", "daily");
  EXPECT_EQ(table_.until_next(now()), 24h);
  add_interval(90min, "often");
  EXPECT_EQ(table_.until_next(now()), 90min);
  EXPECT_THAT(after(90min), ElementsAre("often"));
  EXPECT_EQ(table_.until_next(now()), 22h + 30min) << "a function that runs is not due";
  finish("often");
  EXPECT_EQ(table_.until_next(now()), 90min);
  clock_.advance(3h);
  EXPECT_EQ(table_.until_next(now()), 0min) << "overdue";
}

}  // namespace
}  // namespace trackalert::schedule
