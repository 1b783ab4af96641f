// SPDX-License-Identifier: Apache-2.0
// What a replay was and found: for people, and as JSON. Pure.
#pragma once

#include <map>
#include <string>

#include "app/replay.h"
#include "app/replay_alerts.h"
#include "app/replay_input.h"
#include "app/replay_policy.h"

namespace trackalert::app {

struct ReplaySummary {
  Replay::Counts counts;
  LinesPassedOver passed_over;
  std::map<std::string, ReplayAlerts::Rule> rules;
  std::uint64_t alerts = 0;
  std::map<std::string, ReplayPolicy::Failure> failures;
  ReplayPolicy::Logged logged;
  std::uint64_t webhooks_withheld = 0;

  /// From the first report to the last, at least one.
  [[nodiscard]] double days() const;
};

[[nodiscard]] std::string summary_text(const ReplaySummary& summary);
/// {"reports", "oldest", "newest", "days", "late", "passed_over": {"bad_json": {"lines", "first"}}, "rules":
/// [{"rule", "alerts", "by_severity": {"high": 2}, "accounts", "sources", "alerts_per_day", "noisiest": [{"key",
/// "alerts", "findings"}]}], "alerts", "lua_errors": {"function [report]": {"count", "first"}}, "log_lines": {"error",
/// "warning", "other", "not_shown"}, "background_runs", "webhooks_withheld"}
[[nodiscard]] std::string summary_json(const ReplaySummary& summary);

/// A text as it may stand on a terminal, cut to `width` characters with an ellipsis.
[[nodiscard]] std::string shown_in(std::string_view text, std::size_t width);

}  // namespace trackalert::app
