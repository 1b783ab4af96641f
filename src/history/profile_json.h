// SPDX-License-Identifier: Apache-2.0
// Profiles and trends for people and programs: as JSON, and in the order in which both JSON and tables show them. Times
// are seconds since 1970, as in reports. Pure functions.
#pragma once

#include <string>
#include <vector>

#include "history/profile.h"
#include "history/trend.h"

namespace trackalert::history {

struct ProfileRow {
  std::string value;  ///< as text
  Usage usage;
};
/// Of one facet; what was seen last first, then by value.
[[nodiscard]] std::vector<ProfileRow> profile_rows(const Profile& profile, Facet facet);

/// {"first_seen": 1790000000, "last_seen": 1795000000, "successes": 10, "failures": 2, "success_days": 7,
///  "countries": [{"value": "DE", "first_seen": ..., "last_seen": ..., "successes": ..., "failures": ...,
///  "success_days": ...}], "asns": [...], "nets": [...], "devices": [...], "protocols": [...], "hours_of_week": [...]}
/// The times of a login that was never seen are null.
[[nodiscard]] std::string profile_json(const Profile& profile);

/// Whether something in it is an estimate or from outside its time.
[[nodiscard]] bool is_approximate(const TrendSums& sums);

/// {"successes": 10, "failures": 2, "distinct_logins": 3, "distinct_remotes": 4, "distinct_guesses": 1,
///  "approximate": false}
[[nodiscard]] std::string trend_json(const TrendSums& sums);

}  // namespace trackalert::history
