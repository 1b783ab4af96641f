// SPDX-License-Identifier: Apache-2.0
// The files that a replay reads, one after the other, and what became of their lines.
//
// Threads: one; interrupt_replay() is for a signal's handler.
#pragma once

#include <array>
#include <functional>
#include <string>
#include <vector>

#include "app/replay_line.h"
#include "base/result.h"

namespace trackalert::app {

/// Ends read_replay_inputs() after the line it is at.
void interrupt_replay();
[[nodiscard]] bool replay_interrupted();

struct ReplayInput {
  std::string file;   ///< or "-"
  std::string shown;  ///< what it is called in messages
};

struct LinesPassedOver {
  struct Reason {
    std::uint64_t lines = 0;
    std::string first;  ///< "INPUT, line 12: remote: ..."
  };
  std::array<Reason, passed_over_count> reasons;
  [[nodiscard]] std::uint64_t lines() const;
};

/// Empty lines are nothing. An error: an input cannot be read to its end, or `take` had one. `passed_over` counts, the
/// first of each kind is kept.
base::Result<void> read_replay_inputs(const std::vector<ReplayInput>& inputs, LinesPassedOver& passed_over,
                                      const std::function<base::Result<void>(ReplayLine line)>& take);

}  // namespace trackalert::app
