// SPDX-License-Identifier: Apache-2.0
#include "api/query_threads.h"

#include <pthread.h>

#include "api/answers.h"

namespace trackalert::api {

QueryThreads::QueryThreads(base::Log& log, metrics::Registry& registry)
    : log_(log),
      refused_(registry.counter("history_requests_refused_total",
                                "Questions to the history over the limit of those that wait")) {
  for (unsigned i = 0; i < threads; ++i) threads_.emplace_back([this] { work(); });
}

QueryThreads::~QueryThreads() {
  (void)stop(base::SteadyTime::max());
}

void QueryThreads::submit(Work work, net::Reply reply) {
  {
    auto queue = queue_.lock();
    if (!queue->stopping && queue->jobs.size() < limit) {
      queue->jobs.push_back({std::move(work), std::move(reply)});
      more_.notify_one();
      return;
    }
  }
  refused_.add();
  reply.send(busy("too many questions to the history wait"));
}

std::size_t QueryThreads::waiting() const {
  return queue_.lock()->jobs.size();
}

void QueryThreads::work() {
  pthread_setname_np(pthread_self(), "query");
  while (true) {
    Job job;
    {
      auto queue = queue_.lock();
      more_.wait(queue.lock(), [&] { return queue->stopping || !queue->jobs.empty(); });
      if (queue->stopping) {
        ++queue->ended;
        ended_.notify_all();
        return;
      }
      job = std::move(queue->jobs.front());
      queue->jobs.pop_front();
    }
    run(job);
  }
}

void QueryThreads::run(Job& job) {
  try {
    job.reply.send(job.work());
  } catch (const std::exception& error) {
    // Out of memory, say. The Reply answers 500 when it is dropped.
    log_.error("History query: {}", base::escape_control(error.what()));
  }
}

bool QueryThreads::stop(base::SteadyTime deadline) {
  if (threads_.empty()) return true;
  std::deque<Job> left;
  {
    auto queue = queue_.lock();
    queue->stopping = true;
    left.swap(queue->jobs);
    more_.notify_all();
  }
  for (auto& job : left) job.reply.send(busy("stopping"));
  {
    auto queue = queue_.lock();
    const auto have_ended = [&] { return queue->ended == threads; };
    if (deadline == base::SteadyTime::max()) {
      ended_.wait(queue.lock(), have_ended);
    } else if (!ended_.wait_until(queue.lock(), deadline, have_ended)) {
      return false;
    }
  }
  for (auto& thread : threads_) thread.join();
  threads_.clear();
  return true;
}

}  // namespace trackalert::api
