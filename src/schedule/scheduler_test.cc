// SPDX-License-Identifier: Apache-2.0
// The threads around the timetable, with real ones and short intervals. What is due when is in timetable_test.cc.
#include "schedule/scheduler.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <pthread.h>

#include <algorithm>
#include <array>
#include <latch>
#include <semaphore>
#include <set>
#include <stdexcept>

namespace trackalert::schedule {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

class UtcZone final : public Zone {
 public:
  [[nodiscard]] std::chrono::seconds offset_at(std::chrono::sys_seconds /*when*/) const override { return 0s; }
};

/// Runs at the usual pace from a moment of the test's choice.
class ShiftedClock final : public base::Clock {
 public:
  explicit ShiftedClock(base::WallTime start) : start_(start) {}
  [[nodiscard]] base::WallTime now() const override {
    return start_ + std::chrono::floor<std::chrono::microseconds>(steady() - begin_);
  }
  [[nodiscard]] base::SteadyTime steady() const override { return std::chrono::steady_clock::now(); }

 private:
  const base::WallTime start_;
  const base::SteadyTime begin_ = std::chrono::steady_clock::now();
};

/// What ran, for a test to wait for.
class Journal {
 public:
  void add(const std::string& name) {
    entries_.lock()->push_back(name);
    changed_.notify_all();
  }
  /// False if it takes absurdly long.
  [[nodiscard]] bool wait_for(const std::string& name, std::ptrdiff_t times) {
    auto held = entries_.lock();
    return changed_.wait_for(held.lock(), 30s, [&] { return std::ranges::count(*held, name) >= times; });
  }
  [[nodiscard]] std::ptrdiff_t count(const std::string& name) { return std::ranges::count(*entries_.lock(), name); }

 private:
  base::Guarded<std::vector<std::string>> entries_;
  std::condition_variable changed_;
};

base::SteadyTime in(std::chrono::milliseconds time) {
  return std::chrono::steady_clock::now() + time;
}

class SchedulerTest : public testing::Test {
 protected:
  [[nodiscard]] std::unique_ptr<Scheduler> make(unsigned runners, Scheduler::Run run) {
    return std::make_unique<Scheduler>(Scheduler::Options{.runners = runners}, std::move(run), clock_, zone_, log_);
  }
  std::vector<std::string> lines() { return *lines_.lock(); }

  base::Guarded<std::vector<std::string>> lines_;
  base::Log log_{
      {.syslog = false, .sink = [this](base::Level, std::string_view line) { lines_.lock()->emplace_back(line); }}};
  base::SystemClock clock_;
  UtcZone zone_;
  Journal journal_;
};

TEST_F(SchedulerTest, RunsIntervalsAgainAndAgain) {
  auto scheduler = make(4, [&](const std::string& name, unsigned) { journal_.add(name); });
  ASSERT_TRUE(scheduler->add_interval(1ms, "a"));
  ASSERT_TRUE(scheduler->start());
  EXPECT_TRUE(journal_.wait_for("a", 3));
  ASSERT_TRUE(scheduler->add_interval(1ms, "b")) << "also while it runs";
  EXPECT_TRUE(journal_.wait_for("b", 3));
  EXPECT_EQ(scheduler->jobs(), 2U);
  EXPECT_THAT(scheduler->stop(in(30s)), IsEmpty());
  EXPECT_GE(scheduler->counters().runs, 6U);
  EXPECT_EQ(scheduler->counters().failed, 0U);
}

TEST_F(SchedulerTest, RunsCronOnTheMinute) {
  const ShiftedClock clock(base::WallTime{std::chrono::sys_days{2026y / 11 / 24} + 12h} - 20ms);
  std::atomic<base::WallTime> started{base::WallTime{}};
  Scheduler scheduler(
      {.runners = 1},
      [&](const std::string& name, unsigned) {
        started = clock.now();
        journal_.add(name);
      },
      clock, zone_, log_);
  ASSERT_TRUE(scheduler.add_cron(CronExpression::parse("0 12 * * *").value(), "noon"));
  ASSERT_TRUE(scheduler.start());
  ASSERT_TRUE(journal_.wait_for("noon", 1));
  EXPECT_GE(started.load(), base::WallTime{std::chrono::sys_days{2026y / 11 / 24} + 12h});
}

TEST_F(SchedulerTest, StartsNoThreadBeforeStart) {
  auto scheduler = make(4, [&](const std::string& name, unsigned) { journal_.add(name); });
  ASSERT_TRUE(scheduler->add_interval(1ms, "a"));
  EXPECT_THAT(scheduler->stop(in(0ms)), IsEmpty());
  EXPECT_EQ(journal_.count("a"), 0);
}

TEST_F(SchedulerTest, HasAsManyRunnersAsAskedForAndAtLeastOne) {
  for (const auto& [asked, given] : {std::pair{0U, 1U}, {1U, 1U}, {3U, 3U}}) {
    std::latch all_run(given);
    base::Guarded<std::set<std::string>> threads;
    base::Guarded<std::set<unsigned>> numbers;
    auto scheduler = make(asked, [&](const std::string&, unsigned runner) {
      std::array<char, 16> thread{};
      ::pthread_getname_np(::pthread_self(), thread.data(), thread.size());
      threads.lock()->insert(thread.data());
      if (numbers.lock()->insert(runner).second) all_run.arrive_and_wait();  // Needs all of them at once.
    });
    EXPECT_EQ(scheduler->runners(), given);
    for (unsigned i = 0; i < given; ++i) ASSERT_TRUE(scheduler->add_interval(1ms, "f" + std::to_string(i)));
    ASSERT_TRUE(scheduler->start());
    all_run.wait();
    EXPECT_THAT(scheduler->stop(in(30s)), IsEmpty());
    EXPECT_EQ(threads.lock()->size(), given);
    EXPECT_EQ(*threads.lock()->begin(), "sched-run-0");
    EXPECT_EQ(*numbers.lock()->rbegin(), given - 1);
  }
}

TEST_F(SchedulerTest, NeverOverlapsAFunctionWithItself) {
  std::atomic<int> inside{0};
  std::atomic<bool> overlapped{false};
  std::binary_semaphore release{0};
  auto scheduler = make(4, [&](const std::string& name, unsigned) {
    if (name == "slow") {
      if (++inside > 1) overlapped = true;
      release.acquire();
      --inside;
    }
    journal_.add(name);
  });
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(scheduler->add_interval(1ms, "slow"));
  ASSERT_TRUE(scheduler->add_interval(1ms, "quick"));
  ASSERT_TRUE(scheduler->start());
  EXPECT_TRUE(journal_.wait_for("quick", 20));
  EXPECT_EQ(journal_.count("slow"), 0);
  EXPECT_THAT(scheduler->running(), testing::Contains("slow"));
  EXPECT_EQ(scheduler->counters().skipped_overlap, 2U);
  release.release();
  EXPECT_TRUE(journal_.wait_for("slow", 1));
  release.release();
  EXPECT_TRUE(journal_.wait_for("slow", 2));
  EXPECT_FALSE(overlapped);
  release.release();
  EXPECT_THAT(scheduler->stop(in(30s)), IsEmpty());
}

TEST_F(SchedulerTest, GoesOnAfterExceptions) {
  auto scheduler = make(1, [&](const std::string& name, unsigned) {
    journal_.add(name);
    if (name == "bad") throw std::runtime_error("policy.lua:7: no\nluck");
    if (name == "odd") throw 42;
  });
  ASSERT_TRUE(scheduler->add_interval(1ms, "bad"));
  ASSERT_TRUE(scheduler->add_interval(1ms, "odd"));
  ASSERT_TRUE(scheduler->start());
  EXPECT_TRUE(journal_.wait_for("bad", 3));
  EXPECT_TRUE(journal_.wait_for("odd", 3));
  EXPECT_THAT(scheduler->stop(in(30s)), IsEmpty());
  EXPECT_EQ(scheduler->counters().failed, scheduler->counters().runs);
  EXPECT_EQ(scheduler->counters().runs, lines().size());
  EXPECT_THAT(lines(),
              testing::Each(testing::AnyOf("Exception in background function [bad] exception: policy.lua:7: no\\nluck",
                                           "Exception in background function [odd] exception: unknown")));
}

TEST_F(SchedulerTest, StopNamesWhatStillRunsAndCanBeAskedAgain) {
  std::latch started(2);
  std::latch release(1);
  auto scheduler = make(2, [&](const std::string& name, unsigned) {
    started.count_down();
    release.wait();
    journal_.add(name);
  });
  ASSERT_TRUE(scheduler->add_interval(1ms, "a"));
  ASSERT_TRUE(scheduler->add_interval(1ms, "b"));
  ASSERT_TRUE(scheduler->add_interval(1ms, "queued"));
  ASSERT_TRUE(scheduler->start());
  started.wait();
  const auto running = scheduler->running();
  EXPECT_THAT(scheduler->stop(in(1ms)), testing::UnorderedElementsAreArray(running));
  EXPECT_EQ(running.size(), 2U);
  release.count_down();
  EXPECT_THAT(scheduler->stop(in(30s)), IsEmpty());
  EXPECT_EQ(scheduler->counters().runs, 2U) << "the third, which waited for a runner, is dropped";
}

TEST_F(SchedulerTest, DestructorWaitsForWhatRuns) {
  std::latch started(1);
  auto scheduler = make(1, [&](const std::string& name, unsigned) {
    if (!started.try_wait()) started.count_down();  // it may run more than once before anybody waits
    journal_.add(name);
  });
  ASSERT_TRUE(scheduler->add_interval(1ms, "a"));
  ASSERT_TRUE(scheduler->start());
  started.wait();
  scheduler.reset();
  EXPECT_GE(journal_.count("a"), 1);
}

TEST_F(SchedulerTest, ReplacesSchedulesWhileFunctionsRun) {
  std::latch started(1);
  std::binary_semaphore release{0};
  auto scheduler = make(1, [&](const std::string& name, unsigned) {
    if (name == "first") {
      started.count_down();
      release.acquire();
    }
    journal_.add(name);
  });
  ASSERT_TRUE(scheduler->add_interval(1ms, "first"));
  ASSERT_TRUE(scheduler->start());
  started.wait();
  // The only runner is busy, so the first of these is queued as soon as the second is skipped.
  ASSERT_TRUE(scheduler->add_interval(1ms, "dropped"));
  ASSERT_TRUE(scheduler->add_interval(1ms, "dropped"));
  while (scheduler->counters().skipped_overlap == 0) std::this_thread::yield();
  ASSERT_TRUE(scheduler->replace_all({IntervalJob{"new", 1ms}}));
  EXPECT_EQ(scheduler->jobs(), 1U);
  EXPECT_THAT(scheduler->running(), ElementsAre("first"));
  release.release();
  EXPECT_TRUE(journal_.wait_for("first", 1));
  EXPECT_TRUE(journal_.wait_for("new", 3));
  EXPECT_EQ(journal_.count("first"), 1);
  EXPECT_EQ(journal_.count("dropped"), 0);
  EXPECT_FALSE(scheduler->replace_all({IntervalJob{"wrong", 0ms}}));
  EXPECT_EQ(scheduler->jobs(), 1U);
  ASSERT_TRUE(scheduler->add_interval(1ms, "dropped"));
  EXPECT_TRUE(journal_.wait_for("dropped", 1)) << "what left the queue is free to run again";
  EXPECT_THAT(scheduler->stop(in(30s)), IsEmpty());
}

TEST_F(SchedulerTest, AFunctionMayScheduleOthers) {
  std::atomic<Scheduler*> self{nullptr};
  auto scheduler = make(1, [&](const std::string& name, unsigned) {
    journal_.add(name);
    if (name != "parent" || journal_.count("parent") > 1) return;
    EXPECT_TRUE(self.load()->add_interval(1ms, "child"));
  });
  self = scheduler.get();
  ASSERT_TRUE(scheduler->add_interval(1ms, "parent"));
  ASSERT_TRUE(scheduler->start());
  EXPECT_TRUE(journal_.wait_for("child", 2));
  EXPECT_THAT(scheduler->stop(in(30s)), IsEmpty());
}

}  // namespace
}  // namespace trackalert::schedule
