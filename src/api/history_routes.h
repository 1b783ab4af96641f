// SPDX-License-Identifier: Apache-2.0
// What /api/v1/ answers from the history. Thin: history/query_json.h and history/overview_json.h say what is asked and
// answered.
#pragma once

#include <array>
#include <string>
#include <string_view>

#include "api/backend.h"
#include "api/route.h"
#include "net/http_server.h"

namespace trackalert::api {

/// Commands as /command/stats and the metric count them, once there is a history.
inline constexpr std::array history_command_names{"history_query", "show_login", "erase_login", "show_remote",
                                                  "show_net"};

/// Has the request answered by the query threads; any thread.
void answer_from_history(const Backend& backend, const Route& route, std::string_view body, net::Reply reply);

/// 400 bad query, 422 a limit, 503 the engine could not read.
[[nodiscard]] net::Response failed_query(const history::QueryError& error);

// The answers themselves; they may take a while.
[[nodiscard]] net::Response answer_query(const Backend& backend, std::string_view body);      // history_routes.cc
[[nodiscard]] net::Response show_login(const Backend& backend, const std::string& login);     // login_routes.cc
[[nodiscard]] net::Response erase_login(const Backend& backend, const std::string& login);    // login_routes.cc
[[nodiscard]] net::Response show_remote(const Backend& backend, const std::string& address);  // remote_routes.cc
[[nodiscard]] net::Response show_net(const Backend& backend, const std::string& network);     // remote_routes.cc

}  // namespace trackalert::api
