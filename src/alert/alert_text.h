// SPDX-License-Identifier: Apache-2.0
// Alerts as text for people, at the console and the command line. What clients sent is escaped, so that it cannot reach
// a terminal as commands. Pure functions; every line ends.
#pragma once

#include <span>
#include <string>

#include "alert/alert.h"

namespace trackalert::alert {

/// One line each, under a head: when, how bad, which rule, about what.
[[nodiscard]] std::string alerts_table(std::span<const Alert> alerts);
/// All that it says.
[[nodiscard]] std::string alert_text(const Alert& alert);
/// "speed_kmh 1200, usual ..., threshold 900 (1.33 times)", a line for each.
[[nodiscard]] std::string evidence_text(std::span<const detect::Evidence> evidence);

}  // namespace trackalert::alert
