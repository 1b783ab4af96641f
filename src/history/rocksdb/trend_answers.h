// SPDX-License-Identifier: Apache-2.0
// Answers from trends: for queries over more reports than one would want to read. Their edges are those of buckets, so
// they are approximate.
#pragma once

#include "history/history.h"
#include "history/rocksdb/derived.h"
#include "history/rocksdb/evaluation.h"

namespace trackalert::history::rocksdb {

/// Whether trends hold what the query asks for: its filter names a time, at most success, and at most one value of a
/// trend facet, and its question is one of
///   count, series (by days; by hours too from `folded_before` on) of that value or of all,
///   top of a trend facet by count or failures, or by distinct logins or remotes, of all reports,
///   distinct logins or remotes of that value or of all.
/// Of days before `folded_before` trends only know the sum.
[[nodiscard]] bool can_answer_from_trends(const Query& query, Time folded_before);

/// Only for queries of which the above is true.
QueryResult<Answer> answer_from_trends(const Derived& derived, const Query& query, Time now, Budget& budget);

}  // namespace trackalert::history::rocksdb
