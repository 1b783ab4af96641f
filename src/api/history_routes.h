// SPDX-License-Identifier: Apache-2.0
// What /api/v1/ answers from the history and from the alerts beside it. Thin: history/query_json.h,
// history/overview_json.h, alert/alert.h, alert/explain.h and alert/allow_list.h say what is asked and answered.
#pragma once

#include <array>
#include <string>
#include <string_view>

#include "api/backend.h"
#include "api/route.h"
#include "net/http_server.h"

namespace trackalert::api {

/// Commands as /command/stats and the metric count them, once there is a history.
inline constexpr std::array history_command_names{
    "history_query",   "show_login",      "erase_login",   "show_remote",     "show_net",      "explain_login",
    "list_alerts",     "show_alert",      "explain_alert", "list_allowances", "allow",         "disallow",
    "list_deliveries", "resend_delivery", "handle_alert",  "give_feedback",   "list_verdicts", "show_feedback"};

/// Has the request answered by the query threads; any thread.
void answer_from_history(const Backend& backend, const Route& route, const base::Endpoint& peer, std::string_view body,
                         net::Reply reply);

/// A request that changes something. Each that did leaves one line in the log, with its client: whoever has the
/// password may do all of this, and what a thief did must be seen.
struct Change {
  const std::string& argument;  ///< Route::argument
  std::string_view body;
  const base::Endpoint& peer;
};

/// 400 bad query, 422 a limit, 503 the engine could not read.
[[nodiscard]] net::Response failed_query(const history::QueryError& error);

// The answers themselves; they may take a while. Those about alerts and allowances want Backend::watch.
[[nodiscard]] net::Response answer_query(const Backend& backend, std::string_view body);        // history_routes.cc
[[nodiscard]] net::Response show_login(const Backend& backend, const std::string& login);       // login_routes.cc
[[nodiscard]] net::Response erase_login(const Backend& backend, const Change& change);          // login_routes.cc
[[nodiscard]] net::Response show_remote(const Backend& backend, const std::string& address);    // remote_routes.cc
[[nodiscard]] net::Response show_net(const Backend& backend, const std::string& network);       // remote_routes.cc
[[nodiscard]] net::Response explain_login(const Backend& backend, const std::string& login);    // login_routes.cc
[[nodiscard]] net::Response list_alerts(const Backend& backend, const std::string& query);      // alert_routes.cc
[[nodiscard]] net::Response show_alert(const Backend& backend, const std::string& id);          // alert_routes.cc
[[nodiscard]] net::Response explain_alert(const Backend& backend, const std::string& id);       // alert_routes.cc
[[nodiscard]] net::Response list_allowances(const Backend& backend);                            // allow_routes.cc
[[nodiscard]] net::Response allow(const Backend& backend, const Change& change);                // allow_routes.cc
[[nodiscard]] net::Response disallow(const Backend& backend, const Change& change);             // allow_routes.cc
[[nodiscard]] net::Response list_deliveries(const Backend& backend, const std::string& query);  // delivery_routes.cc
[[nodiscard]] net::Response resend_delivery(const Backend& backend, const Change& change);      // delivery_routes.cc
// feedback_routes.cc
[[nodiscard]] net::Response handle_alert(const Backend& backend, const Change& change);
[[nodiscard]] net::Response give_feedback(const Backend& backend, const Change& change);
[[nodiscard]] net::Response list_verdicts(const Backend& backend, const std::string& id);
[[nodiscard]] net::Response show_feedback(const Backend& backend);

}  // namespace trackalert::api
