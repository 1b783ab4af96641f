// SPDX-License-Identifier: Apache-2.0
// Answers a query from the log: takes the reports one by one, in any order, keeps what the answer needs, and stops at
// the limits. One thread each.
#pragma once

#include <memory>
#include <optional>

#include "base/clock.h"
#include "history/history.h"
#include "history/rocksdb/keys.h"

namespace trackalert::history::rocksdb {

/// Time and memory of one query; the first that is used up ends it.
class Budget {
 public:
  Budget(const QueryLimits& limits, const base::Clock& clock);
  /// Counts one report read; looks at the clock now and then. False once a limit is hit.
  bool spend();
  /// What the answer's parts take by now.
  bool holds(std::size_t bytes);
  [[nodiscard]] const std::optional<QueryError>& error() const { return error_; }

 private:
  void look_at_clock();

  const QueryLimits limits_;
  const base::Clock& clock_;
  const base::SteadyTime end_;
  std::uint64_t spent_ = 0;
  std::optional<QueryError> error_;
};

class Evaluation {
 public:
  virtual ~Evaluation() = default;
  /// A report that the filter takes. False: no need for more.
  virtual bool add(const Event& event) = 0;
  /// Whether reports no newer than `newest` could still matter.
  [[nodiscard]] virtual bool wants(Time /*newest*/) const { return true; }
  /// Once, after the last add().
  virtual QueryResult<Answer> finish() = 0;
};

/// For every kind of query. `budget` and `query` must outlive it.
std::unique_ptr<Evaluation> make_evaluation(const Query& query, const Hasher& hasher, Budget& budget);

/// A significant query looks at all reports of the filter's time, so the walk is to be over this filter; for other
/// queries, their own.
[[nodiscard]] Filter filter_to_walk(const Query& query);

/// A top answer: most first, ties by the text's bytes, cut to `limit`.
[[nodiscard]] QueryResult<Answer> best_rows(std::vector<TopAnswer::Row> rows, std::size_t limit,
                                            const QueryLimits& limits);

/// "the answer has more than N rows"
[[nodiscard]] std::unexpected<QueryError> too_many_rows(std::size_t rows);

}  // namespace trackalert::history::rocksdb
