// SPDX-License-Identifier: Apache-2.0
// Why an alert fired, and what stands about a login: what was seen, what is usual, which thresholds, which rules nearly
// fired. Made of what history and watch answer; values, as JSON and as text. Any thread.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "alert/alert.h"
#include "alert/watch.h"
#include "history/overview.h"

namespace trackalert::alert {

struct LoginExplanation {
  history::LoginOverview login;
  std::vector<Alert> alerts;    ///< that name it, what was seen last first
  detect::Standings standings;  ///< of it and of the addresses of its newest reports, what is nearest first
};

struct AlertExplanation {
  Alert alert;
  std::optional<Alert> because_of;
  std::optional<detect::Rule> rule;               ///< as it is now; none: it is not in use
  std::optional<history::LoginOverview> login;    ///< of an alert about a login
  std::optional<history::RemoteOverview> remote;  ///< of an alert about a source
  detect::Standings standings;                    ///< of what it is about
};

struct ExplainError {
  bool unknown = false;  ///< there is no such alert
  std::string message;
};
template <class T>
using Explained = std::expected<T, ExplainError>;

/// `watch` may be null: then nobody judges, and nothing is said of rules.
[[nodiscard]] Explained<LoginExplanation> explain_login(const history::History& history, Watch* watch,
                                                        const base::Clock& clock, const std::string& login,
                                                        const history::OverviewLimits& limits = {});
[[nodiscard]] Explained<AlertExplanation> explain_alert(const history::History& history, Watch& watch,
                                                        const base::Clock& clock, const std::string& id,
                                                        const history::OverviewLimits& limits = {});

/// {"login": overview_json(), "alerts": [...], "rules": [{"rule", "key", "share", "counts": {"guesses": {"seen",
/// "threshold"}}}]}
[[nodiscard]] std::string explanation_json(const LoginExplanation& explanation);
/// {"alert": alert_json(), "because_of": alert_json(), "rule": {"name", "kind", "parameters": {...}}, "login":
/// overview_json(), "remote": overview_json(), "rules": [...]}; what there is not is left out.
[[nodiscard]] std::string explanation_json(const AlertExplanation& explanation);
[[nodiscard]] std::string explanation_text(const LoginExplanation& explanation);
[[nodiscard]] std::string explanation_text(const AlertExplanation& explanation);

}  // namespace trackalert::alert
