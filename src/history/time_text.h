// SPDX-License-Identifier: Apache-2.0
// Times and durations as people write them in queries, in Lua and on the command line, and as we write them for people.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "history/event.h"

namespace trackalert::history {

/// A whole number and its unit: "90s", "15m", "1h", "30d", "2w". At most a hundred years.
[[nodiscard]] base::Result<Time> parse_duration(std::string_view text);

/// A moment in one of the forms
///   "30d"                          a duration: so long before `now`
///   "now"
///   "2026-11-01"                   the begin of that day
///   "2026-11-01T07:12:16.123456Z"  a blank in place of the T will do; seconds, their fraction and the zone may be left
///                                  out; a zone is "Z", "+01:00" or "+0100"; without one it is UTC
///   "1795000000.5"                 seconds since 1970
[[nodiscard]] base::Result<Time> parse_time(std::string_view text, Time now);

/// When something is to end: "30d" is so long from now, all else as in parse_time().
[[nodiscard]] base::Result<Time> parse_end(std::string_view text, Time now);

/// Seconds since 1970 to the nearest microsecond; nothing for what is no number or beyond all time.
[[nodiscard]] std::optional<Time> time_from_seconds(double seconds);

/// "2026-11-25T07:12:16.123456Z"; outside the years 0 to 9999 seconds since 1970. parse_time() reads either.
[[nodiscard]] std::string format_time(Time time);
/// Seconds since 1970 as a number in decimal, without needless zeros: "1795000000.5".
[[nodiscard]] std::string format_seconds(Time time);

}  // namespace trackalert::history
