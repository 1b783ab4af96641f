// SPDX-License-Identifier: Apache-2.0
// Several logs as one, about in the order of time: the logs of some machines for the same days go on side by side,
// those of one machine that were rotated one after the other, however they are named. Within a file its own order
// stays. A history takes reports in any order, but closes its days as time goes on, and likes them better before.
//
// Threads: an object by one at a time.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "app/log_input.h"

namespace trackalert::app {

/// Files that are read side by side; a further one waits for the end of one of them. Each takes about two megabytes.
inline constexpr std::size_t most_side_by_side = 64;

class LogMerge {
 public:
  /// Takes a report, which it may move away. False: it wants no more.
  using Take = std::function<bool(LogInput& input, login::Report& report)>;
  /// An input that is damaged; the others go on.
  using Tell = std::function<void(const base::Error& error)>;

  explicit LogMerge(std::vector<std::unique_ptr<LogInput>>& inputs);
  /// False if `take` wanted no more.
  bool run(const Take& take, const Tell& tell);

 private:
  struct Open {
    double time;
    LogInput* input;
  };
  void open_due(const Tell& tell);
  void push(LogInput& input, const Tell& tell);
  [[nodiscard]] double turn_until() const;

  std::vector<LogInput*> waiting_;  ///< the earliest last
  std::vector<Open> open_;          ///< a heap with the earliest on top
};

}  // namespace trackalert::app
