// SPDX-License-Identifier: Apache-2.0
// What the event log remembers of one report.
#pragma once

#include <cstdint>

#include "geo/place.h"
#include "login/report.h"

namespace trackalert::history {

/// The order of arrival, from 1 on; never used twice in one history.
using Sequence = std::uint64_t;

/// Microseconds since 1970 UTC: the report's own time.
using Time = std::int64_t;

inline constexpr Time second = 1'000'000;
inline constexpr Time minute = 60 * second;
inline constexpr Time hour = 60 * minute;
inline constexpr Time day = 24 * hour;

/// A plain value.
struct Event {
  Sequence sequence = 0;
  Time time = 0;  ///< the report's `t`, which the history has put right where it had to (History::append())
  login::Report report;
  geo::Place place;
};

}  // namespace trackalert::history
