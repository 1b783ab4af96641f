// SPDX-License-Identifier: Apache-2.0
// Which command a request means. Every command has two spellings, /?command=NAME and /command/NAME; the order of checks
// is routing, ACL, password, and for the first spelling the command's name only then. What is not of the original lies
// under /api/v1/, where a path names a resource.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace trackalert::api {

enum class Command {
  report,
  stats,
  custom,
  readyz,
  livez,
  metrics,
  openapi,
  history_query,
  show_login,
  erase_login,
  show_remote,
  show_net,
  explain_login,
  list_alerts,
  show_alert,
  explain_alert,
  list_allowances,
  allow,
  disallow,
  list_deliveries,
  resend_delivery,
  handle_alert,
  give_feedback,
  list_verdicts,
  show_feedback,
  feedback_page,
  feedback_answer,
  not_found,       ///< 404, JSON body
  not_allowed,     ///< 405, no body, with Allow under /api/v1/
  no_options,      ///< 403, no body
  forbidden_path,  ///< 403, no body
};

enum class Password {
  needed,
  not_needed,
  as_configured,  ///< setMetricsNoPassword()
};

struct Route {
  Command command = Command::not_found;
  Password password = Password::not_needed;
  /// Whether the ACL and the password come before the command's answer; if not, it is given to anybody.
  bool guarded = false;
  /// The custom endpoint's name, or what the resource is about: the login, the address, the network, the id; of
  /// list_alerts and list_deliveries the query.
  std::string argument;
  /// The methods that not_allowed allows.
  std::string_view allow;
};

/// Whether Route::argument matters.
[[nodiscard]] bool has_argument(Command command);
/// Whether it is answered from the history.
[[nodiscard]] bool asks_history(Command command);

/// `custom_endpoints` are the names that setCustomEndpoint() registered, sorted. `public_path` is that of the public
/// URL ("" or "/prefix"), which a proxy may leave in front of /feedback/TOKEN; none: there is no such page.
[[nodiscard]] Route find_route(std::string_view method, std::string_view target,
                               const std::vector<std::string>& custom_endpoints,
                               std::optional<std::string_view> public_path = {});

/// What the query of a target says, decoded, in its order; a name without a value has an empty one.
[[nodiscard]] std::vector<std::pair<std::string, std::string>> query_pairs(std::string_view query);

/// The target without its query, as it stands in log lines.
[[nodiscard]] std::string_view path_of(std::string_view target);

}  // namespace trackalert::api
