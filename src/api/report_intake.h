// SPDX-License-Identifier: Apache-2.0
// The way of reports into the history, which is where they go before anybody is told that they are accepted.
//
// Writing may wait for the disk, so I/O threads do not write: they hand over what a turn brought and go on. One thread
// takes all that waits, of all turns of all I/O threads, finds the places of the remotes, and appends it at once: the
// more wait, the less each costs. What the history took goes on to the report workers and is answered 200; what it
// could not take is answered 503 and is in nothing.
//
// Bounds: each report here holds a reservation in the worker pool's queue (setReportQueueSize) and the only request
// under way of a connection (setMaxWebserverConns), so no more can wait than the lesser of the two.
//
// Threads: submit() and waiting() from any; the rest is the owner's. Everything named must outlive it.
#pragma once

#include <atomic>
#include <condition_variable>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "alert/watch.h"
#include "api/pending_report.h"
#include "base/clock.h"
#include "base/guarded.h"
#include "base/line_limiter.h"
#include "base/published.h"
#include "geo/locator.h"
#include "history/history.h"

namespace trackalert::api {

class ReportIntake {
 public:
  struct Surroundings {
    history::History& history;
    const base::Published<const geo::Databases>& places;
    policy::WorkerPool& workers;
    policy::Statistics& statistics;
    const base::Clock& clock;
    base::Log& log;
    /// Judges what the history has taken in, before anybody is told; may be null.
    alert::Watch* watch = nullptr;
  };

  explicit ReportIntake(const Surroundings& surroundings);
  ~ReportIntake();

  /// Takes a turn's reports over and leaves `turn` empty.
  void submit(std::vector<PendingReport>& turn);
  /// Reports that are on their way into the history.
  [[nodiscard]] std::size_t waiting() const { return waiting_.load(std::memory_order_relaxed); }
  [[nodiscard]] geo::Locator::Counts places() const { return locator_.counts(); }

  /// Writes what waits and ends the thread; nothing may be submitted any more. False: it has not ended by the deadline,
  /// and the process should end without unwinding.
  [[nodiscard]] bool stop(base::SteadyTime deadline);

 private:
  struct Queue {
    std::vector<PendingReport> pending;
    bool stopping = false;
    bool ended = false;
  };

  void refuse_late(std::vector<PendingReport>& turn);
  void work();
  /// One append.
  void take_in(std::span<PendingReport> reports);
  base::Result<void> append(std::span<PendingReport> reports);
  void judge(std::span<PendingReport> reports);
  void refuse(std::span<PendingReport> reports, const std::string& reason);
  /// Tells of the end of a trouble.
  void note_success();

  const Surroundings surroundings_;
  ReportAcceptance acceptance_;
  metrics::Counter& refused_;
  base::Published<const geo::Databases>::Reader places_;
  geo::Locator locator_;
  std::vector<history::Arrival> arrivals_;
  std::vector<alert::Judgement> judgements_;
  std::vector<net::Reply> replies_;
  base::LineLimiter lines_;
  bool refusing_ = false;
  std::uint64_t refused_in_a_row_ = 0;

  base::Guarded<Queue> queue_;
  std::condition_variable more_;
  std::condition_variable ended_;
  std::atomic<std::size_t> waiting_{0};
  std::thread thread_;
};

}  // namespace trackalert::api
