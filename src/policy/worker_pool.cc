// SPDX-License-Identifier: Apache-2.0
#include "policy/worker_pool.h"

#include <pthread.h>

#include <algorithm>
#include <deque>
#include <optional>
#include <variant>

#include "base/fifo_set.h"

namespace trackalert::policy {
namespace {

constexpr std::size_t lanes = 1024;
/// A worker on the lookout looks so often, and so many times in vain before it sleeps.
constexpr std::chrono::microseconds look_every{1000};
constexpr unsigned looks_in_vain = 3;
/// A worker that leaves more work than this behind wakes another.
constexpr std::uint64_t worth_waking_ns = 1'000'000;

void name_thread(const std::string& name) {
  pthread_setname_np(pthread_self(), name.c_str());
}

/// A running mean over about the last 16. It at most doubles each time: the one call during which the thread had to
/// wait for a processor says nothing about the next.
std::uint64_t moved_mean(std::uint64_t mean, std::uint64_t sample) {
  return mean - mean / 16 + std::min(sample, 16 * mean + 1000) / 16;
}

}  // namespace

struct WorkerPool::CustomCall {
  CustomWork work;
  CustomDone done;
  base::SteadyTime queued;
  std::atomic<bool> answered{false};

  /// The first answer counts.
  void answer(CustomResult result) {
    if (!answered.exchange(true)) done(std::move(result));
  }
};

struct WorkerPool::Queue {
  struct Queued {
    ReportTask task;
    base::SteadyTime since;
  };
  using Ready = std::variant<std::size_t, std::shared_ptr<CustomCall>>;

  base::FifoSet<Queued> reports{lanes};
  std::vector<bool> scheduled = std::vector<bool>(lanes);  ///< lanes that are in `ready`, or a worker is on them
  std::deque<Ready> ready;
  std::vector<std::shared_ptr<CustomCall>> calls;  ///< not answered yet, for expire()
  unsigned idle = 0;                               ///< workers that wait
  bool lookout = false;                            ///< one of them wakes up soon by itself
  unsigned ended = 0;
  bool stopping = false;
};

/// What a worker took from the queue.
struct WorkerPool::Taken {
  std::optional<std::size_t> lane;
  Queue::Queued report;
  std::shared_ptr<CustomCall> call;
};

WorkerPool::WorkerPool(Options options, std::shared_ptr<Policy> policy, Statistics& statistics,
                       const base::Clock& clock)
    : options_(options),
      statistics_(statistics),
      clock_(clock),
      queue_limit_(options.queue_limit),
      custom_time_limit_(options.custom_time_limit),
      policy_(std::move(policy)),
      queue_(std::make_unique<base::Guarded<Queue>>()) {}

WorkerPool::~WorkerPool() {
  (void)stop(std::chrono::steady_clock::now() + std::chrono::hours(1));
}

void WorkerPool::start() {
  for (unsigned i = 0; i < options_.threads; ++i) threads_.emplace_back([this, i] { work(i); });
}

bool WorkerPool::reserve() {
  if (waiting_.fetch_add(1, std::memory_order_relaxed) < queue_limit_) return true;
  waiting_.fetch_sub(1, std::memory_order_relaxed);
  refused_.fetch_add(1, std::memory_order_relaxed);
  return false;
}

void WorkerPool::release(std::size_t reports) {
  const auto queue = queue_->lock();  // drain() may be about to wait
  waiting_.fetch_sub(reports, std::memory_order_relaxed);
  idle_.notify_all();
}

void WorkerPool::submit(std::vector<ReportTask>& batch, bool urgent) {
  if (batch.empty()) return;
  const auto now = clock_.steady();
  bool wake = false;
  {
    auto queue = queue_->lock();
    for (auto& task : batch) {
      const std::size_t lane = std::hash<std::string_view>{}(task.report->login) % lanes;
      queue->reports.push(lane, {std::move(task), now});
      if (queue->scheduled[lane]) continue;
      queue->scheduled[lane] = true;
      queue->ready.emplace_back(lane);
    }
    wake = (urgent || !queue->lookout) && queue->idle > 0;
  }
  batch.clear();
  if (wake) work_.notify_one();
}

bool WorkerPool::call(std::string name, login::CustomArguments arguments, CustomDone done) {
  return queue_call(
      [name = std::move(name), arguments = std::move(arguments)](Policy& policy, unsigned worker) mutable {
        return policy.run_custom(worker, name, std::move(arguments));
      },
      std::move(done));
}

bool WorkerPool::call_alert_function(std::string name, std::string json, CustomDone done) {
  return queue_call([name = std::move(name), json = std::move(json)](
                        Policy& policy, unsigned worker) { return policy.run_alert_function(worker, name, json); },
                    std::move(done));
}

bool WorkerPool::queue_call(CustomWork work, CustomDone done) {
  if (!reserve()) return false;
  auto call = std::make_shared<CustomCall>();
  call->work = std::move(work);
  call->done = std::move(done);
  call->queued = clock_.steady();
  bool wake = false;
  {
    auto queue = queue_->lock();
    queue->calls.push_back(call);
    queue->ready.emplace_back(std::move(call));
    wake = queue->idle > 0;
  }
  if (wake) work_.notify_one();
  return true;
}

void WorkerPool::expire() {
  const auto now = clock_.steady();
  const auto limit = custom_time_limit_.load();
  std::vector<std::shared_ptr<CustomCall>> late;
  bool wake = false;
  {
    auto queue = queue_->lock();
    std::erase_if(queue->calls, [&](const auto& call) {
      if (call->answered) return true;
      const bool is_late = limit.count() > 0 && now - call->queued > limit;
      if (is_late) late.push_back(call);
      return is_late;
    });
    // What lies behind a call that takes unexpectedly long gets a worker of its own now.
    wake = !queue->ready.empty() && queue->idle > 0;
  }
  if (wake) work_.notify_one();
  for (const auto& call : late) call->answer({.end = CustomResult::End::timed_out, .reason = "time limit exceeded"});
}

void WorkerPool::set_policy(std::shared_ptr<Policy> policy) {
  policy_.publish(std::move(policy));
}

void WorkerPool::work(unsigned worker) {
  name_thread("report/" + std::to_string(worker));
  base::Published<Policy>::Reader policy(policy_);
  Taken taken;
  auto now = clock_.steady();
  while (true) {
    bool wake = false;
    {
      auto queue = queue_->lock();
      if (taken.lane) {
        const bool has_more = !queue->reports.empty(*taken.lane);
        queue->scheduled[*taken.lane] = has_more;
        if (has_more) queue->ready.emplace_back(*taken.lane);
      }
      taken = {};
      if (queue->ready.empty() && !queue->stopping) {
        wait_for_work(*queue, queue.lock());
        now = clock_.steady();
      }
      if (queue->stopping) {
        ++queue->ended;
        idle_.notify_all();
        return;
      }
      taken = take(*queue);
      wake = queue->ready.size() * mean_run_ns_.load(std::memory_order_relaxed) > worth_waking_ns && queue->idle > 0;
    }
    if (wake) work_.notify_one();
    now = run(taken, worker, *policy(), now);
  }
}

void WorkerPool::wait_for_work(Queue& queue, std::unique_lock<std::mutex>& lock) {
  const auto something = [&] { return !queue.ready.empty() || queue.stopping; };
  ++queue.idle;
  if (queue.idle == options_.threads) idle_.notify_all();
  if (!std::exchange(queue.lookout, true)) {
    for (unsigned looks = 0; looks < looks_in_vain && !something(); ++looks) work_.wait_for(lock, look_every);
    queue.lookout = false;
  }
  work_.wait(lock, something);
  --queue.idle;
}

WorkerPool::Taken WorkerPool::take(Queue& queue) {
  Taken taken;
  auto next = std::move(queue.ready.front());
  queue.ready.pop_front();
  if (const auto* index = std::get_if<std::size_t>(&next)) {
    taken.lane = *index;
    taken.report = queue.reports.pop(*index);
  } else {
    taken.call = std::get<std::shared_ptr<CustomCall>>(std::move(next));
  }
  waiting_.fetch_sub(1, std::memory_order_relaxed);
  return taken;
}

base::SteadyTime WorkerPool::run(Taken& taken, unsigned worker, Policy& policy, base::SteadyTime begin) {
  const auto waited = begin - (taken.call ? taken.call->queued : taken.report.since);
  if (taken.call) {
    run_call(*taken.call, worker, policy);
  } else {
    policy.run_report(worker, std::move(taken.report.task.report), std::move(taken.report.task.judgement));
    if (taken.report.task.done) taken.report.task.done();
  }
  const auto end = clock_.steady();
  const auto ran = end - begin;
  const auto ns = static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::nanoseconds>(ran).count());
  mean_run_ns_.store(moved_mean(mean_run_ns_.load(std::memory_order_relaxed), ns), std::memory_order_relaxed);
  statistics_.perf.waited(waited, end);
  statistics_.perf.ran(ran, end);
  statistics_.queue_seconds.observe(std::chrono::duration<double>(waited).count());
  statistics_.run_seconds.observe(std::chrono::duration<double>(ran).count());
  return end;
}

void WorkerPool::run_call(CustomCall& call, unsigned worker, Policy& policy) {
  if (call.answered) return;  // too late, the client has its 504
  call.answer(call.work(policy, worker));
}

std::size_t WorkerPool::drain(std::chrono::steady_clock::time_point deadline) {
  auto queue = queue_->lock();
  const auto done = [&] { return queue->idle == options_.threads && queue->ready.empty() && waiting_ == 0; };
  idle_.wait_until(queue.lock(), deadline, done);
  return done() ? 0 : waiting_ + (options_.threads - queue->idle);
}

bool WorkerPool::stop(std::chrono::steady_clock::time_point deadline) {
  {
    auto queue = queue_->lock();
    queue->stopping = true;
    work_.notify_all();
    if (!idle_.wait_until(queue.lock(), deadline, [&] { return queue->ended >= threads_.size(); })) return false;
  }
  for (auto& thread : threads_) thread.join();
  threads_.clear();
  return true;
}

}  // namespace trackalert::policy
