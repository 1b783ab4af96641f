// SPDX-License-Identifier: Apache-2.0
#include "api/report_intake.h"

#include <pthread.h>

#include <algorithm>
#include <iterator>

#include "api/answers.h"

namespace trackalert::api {
namespace {

/// Reports in one append: enough to share its cost, few enough that nobody waits long for others.
constexpr std::size_t most_at_once = 512;
/// A history that fails and recovers by turns writes no more lines than these in a minute.
constexpr unsigned most_lines = 20;
constexpr std::chrono::seconds per_minute{60};

}  // namespace

ReportIntake::ReportIntake(const Surroundings& surroundings)
    : surroundings_(surroundings),
      acceptance_(surroundings.workers, surroundings.statistics, surroundings.log),
      refused_(refused_counter(surroundings.statistics, "history")),
      places_(surroundings.places),
      lines_(surroundings.clock, most_lines, per_minute),
      thread_([this] { work(); }) {}

ReportIntake::~ReportIntake() {
  (void)stop(base::SteadyTime::max());
}

void ReportIntake::submit(std::vector<PendingReport>& turn) {
  if (turn.empty()) return;
  bool wake = false;
  {
    auto queue = queue_.lock();
    if (queue->ended) return refuse_late(turn);
    waiting_.fetch_add(turn.size(), std::memory_order_relaxed);
    // With something there already the thread is awake, or has been woken and not looked yet.
    wake = queue->pending.empty();
    if (wake) {
      std::swap(queue->pending, turn);
    } else {
      std::ranges::move(turn, std::back_inserter(queue->pending));
    }
  }
  if (wake) more_.notify_one();
  turn.clear();
}

/// A request that ended its arrival after the time for a stop was over.
void ReportIntake::refuse_late(std::vector<PendingReport>& turn) {
  surroundings_.workers.release(turn.size());
  for (auto& pending : turn) pending.reply.send(busy("stopping"));
  turn.clear();
}

void ReportIntake::work() {
  pthread_setname_np(pthread_self(), "intake");
  std::vector<PendingReport> taken;
  while (true) {
    {
      auto queue = queue_.lock();
      more_.wait(queue.lock(), [&] { return queue->stopping || !queue->pending.empty(); });
      std::swap(taken, queue->pending);
      if (taken.empty()) {
        queue->ended = true;
        ended_.notify_all();
        return;
      }
    }
    for (std::span<PendingReport> rest(taken); !rest.empty();) {
      const auto part = rest.first(std::min(rest.size(), most_at_once));
      take_in(part);
      waiting_.fetch_sub(part.size(), std::memory_order_relaxed);
      rest = rest.subspan(part.size());
    }
    taken.clear();
  }
}

void ReportIntake::take_in(std::span<PendingReport> reports) {
  if (const auto appended = append(reports); !appended) return refuse(reports, appended.error().message);
  if (refusing_) note_success();
  judge(reports);
  try {
    acceptance_.accept(reports);
  } catch (const std::exception& error) {
    // Out of memory, say. They are in the history; whose answer is lost is told 500 by its Reply.
    surroundings_.log.error("Report intake: {}", error.what());
  }
}

base::Result<void> ReportIntake::append(std::span<PendingReport> reports) {
  try {
    const auto& places = *places_();
    const bool knows_places = !places.empty();
    arrivals_.clear();
    for (const auto& pending : reports) {
      auto& arrival = arrivals_.emplace_back(pending.report.get());
      if (knows_places && history::has_remote(*pending.report))
        arrival.place = locator_.locate(places, pending.report->remote);
    }
    return surroundings_.history.append(arrivals_);
  } catch (const std::exception& error) {
    return base::fail("{}", error.what());
  }
}

void ReportIntake::judge(std::span<PendingReport> reports) {
  if (surroundings_.watch == nullptr) return;
  try {
    judgements_.clear();
    judgements_.resize(arrivals_.size());
    surroundings_.watch->judge(arrivals_, judgements_);
    for (std::size_t i = 0; i < reports.size(); ++i) {
      if (judgements_[i].findings.empty() && judgements_[i].risk.known == 0) continue;
      reports[i].judgement = std::make_unique<const alert::Judgement>(std::move(judgements_[i]));
    }
  } catch (const std::exception& error) {
    // They are in the history all the same.
    if (lines_.admit()) surroundings_.log.error("Reports were not judged: {}", error.what());
  }
}

void ReportIntake::refuse(std::span<PendingReport> reports, const std::string& reason) {
  if (!refusing_ && lines_.admit()) surroundings_.log.error("reports are refused: {}", base::escape_control(reason));
  refusing_ = true;
  refused_in_a_row_ += reports.size();
  refused_.add(reports.size());
  surroundings_.workers.release(reports.size());
  for (auto& pending : reports) {
    pending.report.reset();
    replies_.push_back(std::move(pending.reply));
  }
  net::Reply::send_all(replies_, busy(reason));
  replies_.clear();
}

void ReportIntake::note_success() {
  if (lines_.admit()) surroundings_.log.notice("reports are accepted again, {} were refused", refused_in_a_row_);
  refusing_ = false;
  refused_in_a_row_ = 0;
}

bool ReportIntake::stop(base::SteadyTime deadline) {
  if (!thread_.joinable()) return true;
  {
    auto queue = queue_.lock();
    queue->stopping = true;
    more_.notify_all();
    const auto has_ended = [&] { return queue->ended; };
    if (deadline == base::SteadyTime::max()) {
      ended_.wait(queue.lock(), has_ended);
    } else if (!ended_.wait_until(queue.lock(), deadline, has_ended)) {
      return false;
    }
  }
  thread_.join();
  return true;
}

}  // namespace trackalert::api
