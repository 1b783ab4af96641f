// SPDX-License-Identifier: Apache-2.0
#include "schedule/scheduler.h"

#include <pthread.h>

#include <algorithm>
#include <exception>
#include <system_error>
#include <unordered_set>
#include <utility>

namespace trackalert::schedule {
namespace {

constexpr unsigned max_runners = 256;

void name_thread(const std::string& name) {
  ::pthread_setname_np(::pthread_self(), name.c_str());
}

}  // namespace

Scheduler::Scheduler(Options options, Run run, const base::Clock& clock, const Zone& zone, base::Log& log)
    : runners_(std::clamp(options.runners, 1U, max_runners)),
      run_(std::move(run)),
      clock_(clock),
      log_(log),
      state_(State{.timetable = Timetable(zone, options.max_jobs), .queue = {}, .running = {}}) {}

Scheduler::~Scheduler() {
  begin_stop();
}

base::Result<void> Scheduler::add(Job job) {
  auto added = state_.lock()->timetable.add(std::move(job), now());
  if (added) timetable_changed_.notify_one();
  return added;
}

base::Result<void> Scheduler::add_cron(CronExpression when, std::string name) {
  return add(CronJob{std::move(name), std::move(when)});
}

base::Result<void> Scheduler::add_interval(std::chrono::milliseconds every, std::string name) {
  return add(IntervalJob{std::move(name), every});
}

base::Result<void> Scheduler::replace_all(std::vector<Job> jobs) {
  std::unordered_set<std::string> names;
  for (const auto& job : jobs) names.insert(std::visit([](const auto& any) { return any.name; }, job));

  auto held = state_.lock();
  if (auto replaced = held->timetable.replace_all(std::move(jobs), now()); !replaced) return replaced;
  std::erase_if(held->queue, [&](const std::string& name) {
    if (names.contains(name)) return false;
    held->timetable.finished(name, now());
    return true;
  });
  timetable_changed_.notify_one();
  return {};
}

base::Result<void> Scheduler::start() {
  state_.lock()->timetable.restart(now());
  try {
    for (unsigned runner = 0; runner < runners_; ++runner) threads_.emplace_back([this, runner] { serve(runner); });
    dispatcher_ = std::jthread([this] { dispatch(); });
  } catch (const std::system_error& error) {
    begin_stop();
    threads_.clear();
    return base::fail("cannot start the scheduler's threads: {}", error.what());
  }
  return {};
}

void Scheduler::begin_stop() {
  auto held = state_.lock();
  held->stopping = true;
  held->queue.clear();
  timetable_changed_.notify_all();
  queue_changed_.notify_all();
}

std::vector<std::string> Scheduler::stop(base::SteadyTime deadline) {
  begin_stop();
  {
    auto held = state_.lock();
    run_ended_.wait_until(held.lock(), deadline, [&] { return held->running.empty(); });
    if (!held->running.empty()) return held->running;
  }
  dispatcher_ = {};
  threads_.clear();
  return {};
}

std::vector<std::string> Scheduler::running() const {
  return state_.lock()->running;
}

void Scheduler::dispatch() {
  name_thread("sched");
  auto held = state_.lock();
  while (!held->stopping) {
    auto due = held->timetable.take_due(now());
    counters_.skipped_overlap += due.skipped;
    for (auto& name : due.names) {
      held->queue.push_back(std::move(name));
      queue_changed_.notify_one();
    }
    timetable_changed_.wait_for(held.lock(), held->timetable.wait(now()));
  }
}

void Scheduler::serve(unsigned runner) {
  name_thread("sched-run-" + std::to_string(runner));
  auto held = state_.lock();
  for (;;) {
    queue_changed_.wait(held.lock(), [&] { return held->stopping || !held->queue.empty(); });
    if (held->stopping) return;
    const std::string name = std::move(held->queue.front());
    held->queue.pop_front();
    held->running.push_back(name);

    held.lock().unlock();
    run_one(name, runner);
    held.lock().lock();

    std::erase(held->running, name);
    held->timetable.finished(name, now());
    timetable_changed_.notify_one();
    run_ended_.notify_all();
  }
}

void Scheduler::run_one(const std::string& name, unsigned runner) {
  const auto failed = [&](std::string_view what) {
    ++counters_.failed;
    log_.error("Exception in background function [{}] exception: {}", base::escape_control(name),
               base::escape_control(what));
  };
  try {
    run_(name, runner);
  } catch (const std::exception& error) {
    failed(error.what());
  } catch (...) {
    failed("unknown");
  }
  ++counters_.runs;
}

}  // namespace trackalert::schedule
