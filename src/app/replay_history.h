// SPDX-License-Identifier: Apache-2.0
// --from-history: what a configuration's own history remembers, as the input of a replay. The daemon may be running: it
// makes a backup, of hard links mostly, which is read; without one the directory is opened for as long as it is read.
//
// Threads: one.
#pragma once

#include <optional>
#include <string>

#include "app/replay_input.h"
#include "base/result.h"

namespace trackalert::app {

/// Writes the reports of that time, in the order of their arrival, into a file in `folder`. Times as
/// history::parse_time() has them. The configuration's folder becomes the working directory.
base::Result<ReplayInput> reports_of_history(const std::optional<std::string>& config, const std::string& since,
                                             const std::string& until, const std::string& folder);

}  // namespace trackalert::app
