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
  for (auto& pending : reports) {
    if (log_.verbose()) log_.info("{}", report_line(*pending.report));
    auto& task = tasks_.emplace_back(std::move(pending.report), std::move(pending.judgement));
    if (pending.answer_when_done) {
      task.done = [reply = std::move(pending.reply)]() mutable { reply.send(ok()); };
    } else {
      replies_.push_back(std::move(pending.reply));
    }
  }
  workers_.submit(tasks_, replies_.size() < reports.size());
  net::Reply::send_all(replies_, ok());
  replies_.clear();
}

}  // namespace trackalert::api
