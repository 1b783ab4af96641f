// SPDX-License-Identifier: Apache-2.0
// An overview as JSON, for REST. docs/rest-api.md describes it. Pure functions.
#pragma once

#include <string>

#include "history/overview.h"

namespace trackalert::history {

/// {"login": "x", "known": true, "profile": profile_json(), "trend": {"24h": trend_json(), ...}, "events": [...],
///  "cursor": "..."}
[[nodiscard]] std::string overview_json(const LoginOverview& overview);

/// {"remote": "192.0.2.7" (or "net": "192.0.2.0/24"), "known": true, "trend": {"1h": ..., ...},
///  "top": {"login": [{"value": "x", "score": 3}], "country": [...], "asn": [...], "device": [...]},
///  "approximate": false, "events": [...], "cursor": "..."}
[[nodiscard]] std::string overview_json(const RemoteOverview& overview);

}  // namespace trackalert::history
