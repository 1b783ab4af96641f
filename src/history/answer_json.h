// SPDX-License-Identifier: Apache-2.0
// What the history answers, as JSON: the one form that REST, console, command line and export share. Times are seconds
// since 1970, as in reports. Pure functions.
#pragma once

#include <string>

#include "history/event.h"
#include "history/query.h"

namespace trackalert::history {

/// {"count": {"successes": 1, "failures": 2, "total": 3}, "approximate": false}
/// {"events": [...], "cursor": "...", ...}             events as event_json(); the cursor only when there are more
/// {"distinct": 5, ...}
/// {"top": [{"value": "192.0.2.1", "score": 7}], ...}
/// {"series": [{"t": 1795000000, "successes": 1, "failures": 2}], ...}
/// {"significant": [{"value": "64500", "score": 4.2, "within": 10, "overall": 12}], ...}
[[nodiscard]] std::string answer_json(const Answer& answer);

/// A report as wforce would post it, plus "place" (what is known of it) and "sequence": login/parse.h takes it and
/// gives back the same report, to the microsecond. (But device_attrs that the daemon itself worked out are then the
/// client's.) One line, without its end.
[[nodiscard]] std::string event_json(const EventView& event);

/// The export: event_json() and the end of the line, behind what `out` holds.
void write_event_line(std::string& out, const EventView& event);

}  // namespace trackalert::history
