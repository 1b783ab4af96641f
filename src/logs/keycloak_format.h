// SPDX-License-Identifier: Apache-2.0
// Keycloak's events: as JSON objects, one a line (as its REST API and its stored events have them), and as the lines of
// its log.
//
//   {"time":1732600000000,"type":"LOGIN_ERROR","ipAddress":"192.0.2.1","error":"invalid_user_credentials",
//    "details":{"username":"joe"}}
//   2026-10-17 10:43:38,199 WARN  [org.keycloak.events] (executor-thread-26) type="LOGIN_ERROR", realmId="...",
//    ipAddress="192.0.2.1", error="invalid_user_credentials", ..., username="joe"
#pragma once

#include "logs/format.h"

namespace trackalert::logs {

[[nodiscard]] std::unique_ptr<Format> make_keycloak(const Context& context);

}  // namespace trackalert::logs
