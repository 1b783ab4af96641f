// SPDX-License-Identifier: Apache-2.0
#include "api/pending_report.h"

#include "api/answers.h"
#include "api/report_line.h"

namespace trackalert::api {

metrics::Counter& refused_counter(policy::Statistics& statistics, const char* reason) {
  return statistics.registry.counter("reports_refused_total", "Requests that were refused, by reason",
                                     {{"reason", reason}});
}

void ReportAcceptance::accept(std::span<PendingReport> reports) {
  if (reports.empty()) return;
  statistics_.reports.add(reports.size());
  for (auto& [report, judgement, reply, answer_when_done] : reports) {
    if (log_.verbose()) log_.info("{}", report_line(*report));
    auto& task = tasks_.emplace_back(std::move(report), std::move(judgement));
    if (answer_when_done) {
      task.done = [reply = std::move(reply)]() mutable { reply.send(ok()); };
    } else {
      replies_.push_back(std::move(reply));
    }
  }
  workers_.submit(tasks_, replies_.size() < reports.size());
  net::Reply::send_all(replies_, ok());
  replies_.clear();
}

}  // namespace trackalert::api
