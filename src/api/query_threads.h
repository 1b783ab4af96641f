// SPDX-License-Identifier: Apache-2.0
// Threads for questions to the history. They take from microseconds to seconds, so they must not be asked on an I/O
// thread; and they are few, so that whoever asks much is slowed down before the intake is. A bounded queue: beyond it
// the answer is 503, counted.
#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/guarded.h"
#include "base/log.h"
#include "metrics/registry.h"
#include "net/http_server.h"

namespace trackalert::api {

/// Any thread may call submit() and waiting(). Everything named must outlive it.
class QueryThreads {
 public:
  static constexpr unsigned threads = 2;
  static constexpr std::size_t limit = 64;  ///< that wait

  using Work = std::move_only_function<net::Response()>;

  QueryThreads(base::Log& log, metrics::Registry& registry);
  ~QueryThreads();

  /// Answers by what `work` returns, later; at once with 503 when too many wait.
  void submit(Work work, net::Reply reply);
  [[nodiscard]] std::size_t waiting() const;

  /// Answers what waits 503 and ends the threads once their questions are answered. False: that was not by the
  /// deadline, and the process should end without unwinding.
  [[nodiscard]] bool stop(base::SteadyTime deadline);

 private:
  struct Job {
    Work work;
    net::Reply reply;
  };
  struct Queue {
    std::deque<Job> jobs;
    unsigned ended = 0;
    bool stopping = false;
  };

  void work();
  void run(Job& job);

  base::Log& log_;
  metrics::Counter& refused_;
  base::Guarded<Queue> queue_;
  std::condition_variable more_;
  std::condition_variable ended_;
  std::vector<std::thread> threads_;
};

}  // namespace trackalert::api
