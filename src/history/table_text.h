// SPDX-License-Identifier: Apache-2.0
// What the history answers, as a table for people at the console and the command line: columns aligned, times in UTC,
// and nothing in it that a terminal would obey, whatever a client sent. Ends with a line end. Pure functions.
#pragma once

#include <string>

#include "history/profile.h"
#include "history/query.h"
#include "history/trend.h"

namespace trackalert::history {

/// "No reports." and the like where there is nothing to show; a last line says when it is approximate, or where the
/// next page begins.
[[nodiscard]] std::string table_text(const Answer& answer);
/// At most max_shown_values of each facet, what was seen last first.
[[nodiscard]] std::string table_text(const Profile& profile);
[[nodiscard]] std::string table_text(const TrendSums& sums);

inline constexpr std::size_t max_shown_values = 20;
/// Wider cells are cut and end with an ellipsis.
inline constexpr std::size_t max_cell_width = 48;

/// A text as it may stand on a terminal: control characters as \n or \x1b, what is no UTF-8 as \xff, what turns the
/// direction of writing or separates lines as \u202e.
[[nodiscard]] std::string printable(std::string_view text);

}  // namespace trackalert::history
