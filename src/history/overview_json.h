// SPDX-License-Identifier: Apache-2.0
// An overview as JSON, for REST. docs/rest-api.md describes it. Pure functions.
#pragma once

#include <string>

#include "history/overview.h"

namespace trackalert::history {

/// {"login": "x", "known": true, "profile": {"first_seen": ..., "last_seen": ..., "successes": 1, "failures": 2,
///   "values": {"country": [{"value": "DE", "first_seen": ..., ...}], ...}},
///  "trend": {"24h": {...}, ...}, "events": [...], "cursor": "..."}
/// The profile of a login that was never seen is null.
[[nodiscard]] std::string overview_json(const LoginOverview& overview);

/// {"remote": "192.0.2.7", or "net": "192.0.2.0/24", "known": true, "trend": {...}, "top": {"login": [...], "country":
///  [...], "asn": [...], "device": [...]}, "approximate": false, "events": [...], "cursor": "..."}
[[nodiscard]] std::string overview_json(const RemoteOverview& overview);

}  // namespace trackalert::history
