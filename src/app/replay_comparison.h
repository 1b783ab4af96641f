// SPDX-License-Identifier: Apache-2.0
// --diff: the same reports under two configurations, one after the other, and what differs.
//
// Memory: what is compared of an alert, for max_alerts each; their JSON lies in files meanwhile. Threads: one.
#pragma once

#include <array>
#include <optional>
#include <string>

#include "app/replay_run.h"

namespace trackalert::app {

inline constexpr std::size_t max_compared_alerts = 1'000'000;
/// With --diff: they do not find the same.
inline constexpr int exit_different = 3;

/// `wish` as for both, but for the configuration; standard input is kept in `folder`, since it is read twice. `shown`
/// are the names for people. What differs goes to standard output and, as JSON lines ({"only": "A", "alert": {...}} and
/// {"changed": ["severity", "taken"], "a": {...}, "b": {...}}), to `alerts`. Returns the exit status.
int compare_replays(ReplayWish wish, const std::array<std::string, 2>& configs, const std::array<std::string, 2>& shown,
                    const std::optional<std::string>& alerts, const std::string& folder);

}  // namespace trackalert::app
