// SPDX-License-Identifier: Apache-2.0
// Queries answered the plain way, by a look at every event: half of the oracle that engines are compared with. Shares
// no code with them beyond the types and query_problem(), and prefers being obviously right to being quick.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "history/history.h"

namespace trackalert::history {

/// facet_text(), written a second time.
[[nodiscard]] std::string naive_text(Facet facet, const Event& event);
[[nodiscard]] bool naive_matches(const Filter& filter, const Event& event);
[[nodiscard]] std::vector<const Event*> naive_select(const std::vector<Event>& log, const Filter& filter);

/// Every value with its score, also those of score 0.
using Scores = std::map<std::string, std::uint64_t>;
[[nodiscard]] Scores naive_scores(const std::vector<const Event*>& events, const TopQuery& query);

[[nodiscard]] QueryResult<Answer> naive_answer(const std::vector<Event>& log, const Query& query);

}  // namespace trackalert::history
