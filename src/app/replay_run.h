// SPDX-License-Identifier: Apache-2.0
// One replay from its configuration to its summary.
//
// Threads: one.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "app/replay_summary.h"

namespace trackalert::app {

struct ReplayWish {
  std::optional<std::string> config;   ///< absolute
  std::optional<std::string> history;  ///< absolute; to be used, and kept
  std::vector<ReplayInput> inputs;
  const device::DeviceParser& devices;
  bool score = false;
  bool deliver = false;
  bool verbose = false;
};

struct ReplayOutcome {
  ReplaySummary summary;
  std::optional<Score> score;
  std::size_t undelivered = 0;
  /// Why not all of the inputs was read; what there was has been judged.
  std::optional<base::Error> cut_short;
};

/// The configuration's folder becomes the working directory. An error: it could not begin, or not go on.
base::Result<ReplayOutcome> run_one_replay(const ReplayWish& wish, ReplayAlerts::Receiver receiver);

}  // namespace trackalert::app
