// SPDX-License-Identifier: Apache-2.0
// Runs background functions when they are due: a dispatcher thread that watches the timetable, and runners.
//
// A background function is a name; `run` knows what it means. What it throws is logged and counted as failed, and the
// schedule goes on. Nothing runs before start(), which so belongs behind the fork of a daemon.
//
// add_*, replace_all and the figures: any thread, also from inside a run. start and stop: one thread, and never a
// runner's.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/guarded.h"
#include "base/log.h"
#include "base/result.h"
#include "schedule/cron.h"
#include "schedule/timetable.h"
#include "schedule/zone.h"

namespace trackalert::schedule {

class Scheduler {
 public:
  struct Options {
    unsigned runners = 4;  ///< 1 to 256, else the nearer of these
    std::size_t max_jobs = 10'000;
  };
  /// Called on runner number `runner`, from 0 to runners - 1. A runner does one run at a time.
  using Run = std::function<void(const std::string& name, unsigned runner)>;

  /// Written by the scheduler's threads, read by anyone.
  struct Counters {
    std::atomic<std::uint64_t> runs{0};             ///< ended, whether well or not
    std::atomic<std::uint64_t> failed{0};           ///< of these, ended by an exception
    std::atomic<std::uint64_t> skipped_overlap{0};  ///< firings while the function was still running or queued
  };

  /// `clock`, `zone` and `log` must outlive the scheduler.
  Scheduler(Options options, Run run, const base::Clock& clock, const Zone& zone, base::Log& log);
  /// Stops, and waits for running functions as long as they take.
  ~Scheduler();
  Scheduler(const Scheduler&) = delete;
  Scheduler& operator=(const Scheduler&) = delete;

  /// First at the next time that matches.
  [[nodiscard]] base::Result<void> add_cron(CronExpression when, std::string name);
  /// First after one interval, then one interval after the end of the run before.
  [[nodiscard]] base::Result<void> add_interval(std::chrono::milliseconds every, std::string name);
  /// For a reload of the configuration. Running functions go on; queued ones only if they are among the new jobs.
  [[nodiscard]] base::Result<void> replace_all(std::vector<Job> jobs);

  /// Starts the threads, once. Cron firings that passed since the jobs were added are not made up.
  [[nodiscard]] base::Result<void> start();

  /// Starts no more runs and waits for those that run, until `deadline` on the system's monotonic clock. Returns the
  /// names of functions that still run; none means that all threads are gone. The scheduler cannot be started again.
  std::vector<std::string> stop(base::SteadyTime deadline);

  [[nodiscard]] const Counters& counters() const { return counters_; }
  [[nodiscard]] unsigned runners() const { return runners_; }
  [[nodiscard]] std::size_t jobs() const { return state_.lock()->timetable.size(); }
  /// Functions that run now.
  [[nodiscard]] std::vector<std::string> running() const;

 private:
  struct State {
    Timetable timetable;
    std::deque<std::string> queue;  ///< due, and waiting for a runner; each name at most once
    std::vector<std::string> running;
    bool stopping = false;
  };

  [[nodiscard]] Now now() const { return {clock_.now(), clock_.steady()}; }
  [[nodiscard]] base::Result<void> add(Job job);
  void begin_stop();
  void dispatch();
  void serve(unsigned runner);
  void run_one(const std::string& name, unsigned runner);

  const unsigned runners_;
  const Run run_;
  const base::Clock& clock_;
  base::Log& log_;
  Counters counters_;
  base::Guarded<State> state_;
  std::condition_variable timetable_changed_;
  std::condition_variable queue_changed_;
  std::condition_variable run_ended_;
  std::jthread dispatcher_;
  std::vector<std::jthread> threads_;
};

}  // namespace trackalert::schedule
