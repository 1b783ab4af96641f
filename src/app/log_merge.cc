// SPDX-License-Identifier: Apache-2.0
#include "app/log_merge.h"

#include <algorithm>
#include <limits>

namespace trackalert::app {

LogMerge::LogMerge(std::vector<std::unique_ptr<LogInput>>& inputs) {
  for (const auto& input : inputs) waiting_.push_back(input.get());
  // One that says no time may begin with any.
  std::ranges::stable_sort(waiting_, std::ranges::greater(),
                           [](const LogInput* input) { return input->first_time().value_or(0); });
}

/// Those whose time has come, or the next one if there is no other.
void LogMerge::open_due(const Tell& tell) {
  while (!waiting_.empty() && open_.size() < most_side_by_side &&
         (open_.empty() || waiting_.back()->first_time().value_or(0) <= open_.front().time)) {
    auto& input = *waiting_.back();
    waiting_.pop_back();
    push(input, tell);
  }
}

void LogMerge::push(LogInput& input, const Tell& tell) {
  const auto report = input.peek();
  if (!report) return tell(report.error());
  if (*report == nullptr) return;
  open_.push_back({(*report)->t, &input});
  std::ranges::push_heap(open_, std::ranges::greater(), &Open::time);
}

/// So far the one that has been taken from the heap goes alone.
double LogMerge::turn_until() const {
  auto until = std::numeric_limits<double>::infinity();
  if (!open_.empty()) until = open_.front().time;
  if (!waiting_.empty() && open_.size() + 1 < most_side_by_side) {
    until = std::min(until, waiting_.back()->first_time().value_or(0));
  }
  return until;
}

bool LogMerge::run(const Take& take, const Tell& tell) {
  for (;;) {
    open_due(tell);
    if (open_.empty()) {
      if (waiting_.empty()) return true;
      continue;
    }
    std::ranges::pop_heap(open_, std::ranges::greater(), &Open::time);
    const auto [time, input] = open_.back();
    open_.pop_back();
    const auto until = turn_until();
    for (;;) {
      const auto report = input->peek();
      if (!report) tell(report.error());
      if (!report || *report == nullptr) break;
      if ((*report)->t > until) {
        push(*input, tell);
        break;
      }
      const bool more = take(*input, **report);
      input->pop();
      if (!more) return false;
    }
  }
}

}  // namespace trackalert::app
