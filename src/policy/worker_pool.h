// SPDX-License-Identifier: Apache-2.0
// The report workers: threads that run report and custom functions, behind one bounded queue.
//
// Order: reports of one login run in the order of their submission, one at a time. To that end logins are hashed onto
// lanes; a lane is worked on by one thread at a time, so unrelated logins that share one wait for each other, which
// with 1024 lanes is rare.
//
// Waking a thread costs more than a short report function. So a worker that finds the queue empty stays on the lookout
// for a few milliseconds, and takes what has come meanwhile without having been woken; only a task that somebody waits
// for (a custom call, an answer after the function) wakes it at once. A worker that sees more queued than it will do in
// a moment, by the running mean of what a call takes, wakes the next.
//
// Threads: submit() and call() from any. Completions run on a worker.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/guarded.h"
#include "base/published.h"
#include "policy/policy.h"

namespace trackalert::policy {

class WorkerPool {
 public:
  struct Options {
    unsigned threads = 6;
    std::size_t queue_limit = 100'000;                    ///< reports and custom calls that wait
    std::chrono::milliseconds custom_time_limit{10'000};  ///< from submission to answer; 0: none
  };

  struct ReportTask {
    std::unique_ptr<login::Report> report;
    std::unique_ptr<const alert::Judgement> judgement;  ///< null: nobody judges
    std::move_only_function<void()> done;               ///< after the function has ended; may be empty
  };
  using CustomDone = std::move_only_function<void(CustomResult)>;

  WorkerPool(Options options, std::shared_ptr<Policy> policy, Statistics& statistics, const base::Clock& clock);
  ~WorkerPool();

  void start();

  /// Claims room for one report; submit() it soon. False: the queue is full, say so to the client.
  [[nodiscard]] bool reserve();
  /// Gives back what `reports` reservations claimed, in place of submit().
  void release(std::size_t reports);
  /// Queues reports, each reserved before, and empties `batch`. `urgent`: somebody waits for them.
  void submit(std::vector<ReportTask>& batch, bool urgent);
  /// Queues a custom call; false if the queue is full. `done` is called once: with the result, or at the time limit by
  /// expire().
  [[nodiscard]] bool call(std::string name, login::CustomArguments arguments, CustomDone done);
  /// As call(), of a function that setAlertFunction() named, with `json` as its table; its answer are the r_attrs.
  [[nodiscard]] bool call_alert_function(std::string name, std::string json, CustomDone done);
  /// Answers the calls that are over their time limit. The owner's ticker calls it about once a second.
  void expire();

  /// Runs with another configuration from the next task on.
  void set_policy(std::shared_ptr<Policy> policy);
  void set_queue_limit(std::size_t limit) { queue_limit_ = limit; }
  void set_custom_time_limit(std::chrono::milliseconds limit) { custom_time_limit_ = limit; }

  /// Waits until everything submitted has run, or the deadline; returns how many tasks have not.
  std::size_t drain(std::chrono::steady_clock::time_point deadline);
  /// Ends and joins the threads; what is queued is dropped. A function that is blocked outside Lua is not waited for
  /// beyond the deadline: false then, and the process should end without unwinding.
  bool stop(std::chrono::steady_clock::time_point deadline);

  [[nodiscard]] std::size_t queued() const { return waiting_; }
  [[nodiscard]] std::size_t refused() const { return refused_; }

 private:
  struct CustomCall;
  struct Queue;
  struct Taken;
  using CustomWork = std::move_only_function<CustomResult(Policy& policy, unsigned worker)>;
  [[nodiscard]] bool queue_call(CustomWork work, CustomDone done);
  void work(unsigned worker);
  Taken take(Queue& queue);
  void wait_for_work(Queue& queue, std::unique_lock<std::mutex>& lock);
  /// `begin`: now, as far as the worker knows; returns its end. Reading the clock costs as much as a short function.
  base::SteadyTime run(Taken& taken, unsigned worker, Policy& policy, base::SteadyTime begin);
  void run_call(CustomCall& call, unsigned worker, Policy& policy);

  const Options options_;
  Statistics& statistics_;
  const base::Clock& clock_;
  std::atomic<std::size_t> queue_limit_;
  std::atomic<std::chrono::milliseconds> custom_time_limit_;
  std::atomic<std::size_t> waiting_{0};  ///< reserved or queued, not yet begun
  std::atomic<std::size_t> refused_{0};
  std::atomic<std::uint64_t> mean_run_ns_{0};  ///< running mean of a call
  base::Published<Policy> policy_;
  std::unique_ptr<base::Guarded<Queue>> queue_;
  std::condition_variable work_;
  std::condition_variable idle_;
  std::vector<std::thread> threads_;
};

}  // namespace trackalert::policy
