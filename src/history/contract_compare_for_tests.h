// SPDX-License-Identifier: Apache-2.0
// Answers of an engine against those of the reference: what is exact must be equal, what is approximate must be near.
#pragma once

#include <optional>
#include <string>

#include "history/history.h"
#include "history/reference_history_for_tests.h"

namespace trackalert::history {

/// What is wrong, for people; nothing if nothing is.
using Difference = std::optional<std::string>;

[[nodiscard]] std::string describe(const Event& event);
[[nodiscard]] std::string describe(const Query& query);

[[nodiscard]] Difference compare_events(const Event& got, const Event& wanted);
[[nodiscard]] Difference compare_answers(const QueryResult<Answer>& got, const ReferenceHistory& reference,
                                         const Query& query);
[[nodiscard]] Difference compare_profiles(const Profile& got, const RememberedValues& wanted);
/// `text` as shown_value() gives it.
[[nodiscard]] Difference compare_trends(const TrendSums& got, const ReferenceHistory& reference, Facet facet,
                                        const std::string& text, Time since, Time until);

}  // namespace trackalert::history
