// SPDX-License-Identifier: Apache-2.0
// Reports between the checks and their answer.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "base/log.h"
#include "login/report.h"
#include "net/http_server.h"
#include "policy/statistics.h"
#include "policy/worker_pool.h"

namespace trackalert::api {

/// Requests of either kind that were refused, by reason: one series of a family.
[[nodiscard]] metrics::Counter& refused_counter(policy::Statistics& statistics, const char* reason);

/// It has passed every check and holds a reservation in the worker pool's queue.
struct PendingReport {
  std::unique_ptr<login::Report> report;
  std::unique_ptr<const alert::Judgement> judgement;  ///< null: nobody judges
  net::Reply reply;
  bool answer_when_done = false;  ///< setReportAnswer("done")
};

/// Takes reports for good: counts and logs them, queues them for the report workers and answers them. Keeps buffers, so
/// one for each thread.
class ReportAcceptance {
 public:
  ReportAcceptance(policy::WorkerPool& workers, policy::Statistics& statistics, base::Log& log)
      : workers_(workers), statistics_(statistics), log_(log) {}

  /// Leaves them empty.
  void accept(std::span<PendingReport> reports);

 private:
  policy::WorkerPool& workers_;
  policy::Statistics& statistics_;
  base::Log& log_;
  std::vector<policy::WorkerPool::ReportTask> tasks_;
  std::vector<net::Reply> replies_;  ///< of those that do not wait for their function
};

}  // namespace trackalert::api
