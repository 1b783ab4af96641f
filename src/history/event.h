// SPDX-License-Identifier: Apache-2.0
// What the event log remembers of one report, and what a profile says about it.
#pragma once

#include <array>
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

/// What a profile did not know yet of a report's values: a bit for each facet of profile.h, in its order.
struct Novelty {
  std::uint8_t new_values = 0;       ///< this login was never seen with the value
  std::uint8_t never_succeeded = 0;  ///< ... or never with success; a new value has never succeeded either
  bool new_login = false;            ///< the login itself was never seen
  bool operator==(const Novelty&) const = default;
};

/// What a login's profile said before a report came: enough to judge the report without looking the profile up. Facets
/// in the order of profile.h. Times are whole seconds since 1970, 0: never. All zero for a login that was never seen.
struct Familiarity {
  struct Value {
    std::uint32_t last_success = 0;
    std::uint16_t success_days = 0;  ///< days (UTC) with a success
    bool operator==(const Value&) const = default;
  };
  std::array<Value, 6> values{};  ///< of the report's own values
  std::uint8_t present = 0;       ///< bits of the facets that the report has a value of
  std::uint32_t first = 0;        ///< when the login was first seen
  std::uint32_t last_success = 0;
  std::uint32_t successes = 0;
  std::uint16_t success_days = 0;
  bool operator==(const Familiarity&) const = default;
};

/// A plain value.
struct Event {
  Sequence sequence = 0;
  Time time = 0;  ///< the report's `t`, which the history has put right where it had to (History::append())
  login::Report report;
  geo::Place place;
};

/// An event whose parts somebody else owns, so that nothing need be copied to be stored or counted.
struct EventView {
  EventView(Sequence number, Time when, const login::Report& what, const geo::Place& where)
      : sequence(number), time(when), report(what), place(where) {}
  EventView(const Event& event)  // NOLINT(google-explicit-constructor): a view of it
      : EventView(event.sequence, event.time, event.report, event.place) {}

  Sequence sequence;
  Time time;
  const login::Report& report;
  const geo::Place& place;
};

/// Times further ahead than this are set to now.
inline constexpr Time max_ahead = 5 * minute;

/// When a report happened: its own `t`; now, and `moved`, where that lies more than max_ahead in the future or before
/// 1970 or is no number.
[[nodiscard]] Time time_of(const login::Report& report, Time now, bool& moved);

}  // namespace trackalert::history
