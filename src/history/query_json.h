// SPDX-License-Identifier: Apache-2.0
// Queries as JSON: the one form that REST, console and command line share. answer_json.h writes the answers.
//
//   {"filter": {"login": "...", "remote": "192.0.2.0/24", "net": "192.0.2.0/24", "asn": 64500, "country": "DE",
//               "device": "...", "protocol": "...", "fail_type": "...", "pwhash": "...", "success": false,
//               "attrs": {"name": "text"}, "since": TIME, "until": TIME},
//    "limits": {"time_ms": 1000, "rows": 100},         lower than the defaults or as they are
// and exactly one of
//    "events": {"limit": 50, "cursor": "..."}
//    "count": {}
//    "distinct": {"facet": "login"}
//    "top": {"facet": "remote", "limit": 20, "by": "count" | "failures" | "distinct", "of": "login"}
//    "series": {"bucket": "1h"}
//    "significant": {"facet": "asn", "limit": 10}}
//
// All but facet and bucket may be left out. TIME is a text of time_text.h or seconds since 1970. "net" is another name
// for "remote". Unknown names, wrong types and nonsense are errors that name the member: "filter.remote: not an address
// or network: x".
#pragma once

#include <string>
#include <string_view>

#include "base/json_value.h"
#include "base/result.h"
#include "history/query.h"

namespace trackalert::history {

/// `now` is what relative times count from.
[[nodiscard]] base::Result<Query> parse_query(std::string_view json, Time now);
[[nodiscard]] base::Result<Query> parse_query(const base::JsonValue& request, Time now);
/// The filter alone, for callers that say in another way what they ask (Lua's history{...}, an export).
[[nodiscard]] base::Result<Filter> parse_filter(const base::JsonValue& filter, Time now);

}  // namespace trackalert::history
