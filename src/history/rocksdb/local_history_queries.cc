// SPDX-License-Identifier: Apache-2.0
// What a LocalHistory answers.
#include <algorithm>

#include "history/rocksdb/evaluation.h"
#include "history/rocksdb/local_history.h"
#include "history/rocksdb/trend_answers.h"

namespace trackalert::history::rocksdb {
namespace {

std::unexpected<QueryError> storage(const base::Error& error) {
  return std::unexpected(QueryError{QueryError::Kind::storage, error.message});
}

/// Times one query.
class Stopwatch {
 public:
  Stopwatch(const base::Clock& clock, metrics::Histogram& histogram)
      : clock_(clock), histogram_(histogram), begin_(clock.steady()) {}
  ~Stopwatch() { histogram_.observe(std::chrono::duration<double>(clock_.steady() - begin_).count()); }
  Stopwatch(const Stopwatch&) = delete;
  Stopwatch& operator=(const Stopwatch&) = delete;

 private:
  const base::Clock& clock_;
  metrics::Histogram& histogram_;
  const base::SteadyTime begin_;
};

}  // namespace

Filter LocalHistory::stored_form(Filter filter) const {
  if (filter.login) filter.login = pseudonym_(*filter.login);
  const Time kept_from = clock_.now().time_since_epoch().count() - setup_.options.retention;
  // Old reports go with their segment, which may hold younger ones; nobody is to see them meanwhile.
  filter.since = filter.since ? std::max(*filter.since, kept_from) : kept_from;
  return filter;
}

QueryResult<Answer> LocalHistory::query(const Query& asked) const {
  const Stopwatch watch(clock_, *figures_->query_seconds);
  if (auto problem = query_problem(asked)) {
    return std::unexpected(QueryError{QueryError::Kind::bad_query, std::move(*problem)});
  }
  auto query = asked;
  query.filter = stored_form(std::move(query.filter));
  Budget budget(query.limits, clock_);
  const LogReader reader(*store_, hasher_, view());
  const Time folded_before = derived_->closed_before() * day;
  auto answer =
      can_answer_from_trends(query, folded_before) && reader.rows_in_time(query.filter) > setup_.trends_over_rows
          ? answer_from_trends(*derived_, query, clock_.now().time_since_epoch().count(), budget)
          : query_log(query, reader, budget);
  if (!answer && answer.error().kind == QueryError::Kind::limit) ++figures_->limit_hits;
  return answer;
}

QueryResult<Answer> LocalHistory::query_log(const Query& query, const LogReader& reader, Budget& budget) const {
  const auto evaluation = make_evaluation(query, hasher_, budget);
  const auto walked = reader.each(
      filter_to_walk(query), [&](const Event& event) { return budget.spend() && evaluation->add(event); },
      [&](Time newest) { return !budget.error() && evaluation->wants(newest); });
  if (!walked) return storage(walked.error());
  if (const auto& error = budget.error()) return std::unexpected(*error);
  return evaluation->finish();
}

QueryResult<Profile> LocalHistory::profile(std::string_view login) const {
  auto found = derived_->profile(pseudonym_(login));
  if (!found) return storage(found.error());
  found->expire(clock_.now().time_since_epoch().count() - setup_.options.profile_retention);
  return std::move(*found);
}

QueryResult<TrendSums> LocalHistory::trend(Facet facet, std::string_view value, Time since, Time until) const {
  if (std::ranges::find(trend_facets, facet) == trend_facets.end()) {
    return std::unexpected(
        QueryError{QueryError::Kind::bad_query, fmt::format("there are no trends of {}", facet_name(facet))});
  }
  TrendSums sums;
  const Time now = clock_.now().time_since_epoch().count();
  since = std::max(since, now - setup_.options.profile_retention);
  until = std::min(until, now + 2 * day);  // nothing lies further ahead
  std::string pseudonym;
  if (facet == Facet::login && pseudonym_.on()) pseudonym = pseudonym_(value);
  if (auto added = derived_->add_trend(facet, pseudonym.empty() ? value : pseudonym, since, until, sums); !added) {
    return storage(added.error());
  }
  return sums;
}

QueryResult<void> LocalHistory::each_event(const Filter& filter, const EachEvent& each) const {
  const LogReader reader(*store_, hasher_, view());
  if (auto walked = reader.each(stored_form(filter), each); !walked) return storage(walked.error());
  return {};
}

}  // namespace trackalert::history::rocksdb
