// SPDX-License-Identifier: Apache-2.0
#include "history/rocksdb/trend_answers.h"

#include <algorithm>
#include <boost/unordered/unordered_flat_map.hpp>
#include <map>

namespace trackalert::history::rocksdb {
namespace {

constexpr Time longest_trend = 400 * day;
constexpr std::size_t entry_bytes = 64;

/// The one value that the filter names, as a trend's facet and value.
struct Subject {
  Facet facet = Facet::all;
  std::string value;
};

bool is_trend_facet(Facet facet) {
  return std::ranges::find(trend_facets, facet) != trend_facets.end();
}

/// None if the filter asks for more than a trend knows.
std::optional<Subject> subject_of(const Filter& filter) {
  if (filter.protocol || filter.fail_type || filter.pwhash || !filter.attrs.empty()) return std::nullopt;
  Subject subject;
  int named = 0;
  const auto name = [&](Facet facet, std::string_view text) {
    ++named;
    auto value = value_from_text(facet, text);
    if (!value) return false;
    subject = {facet, std::move(*value)};
    return true;
  };
  bool fits = true;
  if (filter.login) fits = fits && !filter.login->empty() && name(Facet::login, *filter.login);
  if (filter.asn) fits = fits && *filter.asn != 0 && name(Facet::asn, std::to_string(*filter.asn));
  if (filter.country) fits = fits && name(Facet::country, *filter.country) && subject.value == *filter.country;
  if (filter.device) fits = fits && !filter.device->empty() && name(Facet::device, *filter.device);
  if (filter.remote) {
    const auto& remote = *filter.remote;
    const bool whole = remote.length == remote.address.bits();
    const bool net = remote.length == net_of(remote.address).length;
    fits = fits && (whole || net) &&
           name(whole ? Facet::remote : Facet::net, whole ? remote.address.to_string() : remote.to_string());
  }
  if (!fits || named > 1) return std::nullopt;
  return subject;
}

struct Span {
  Time since;
  Time until;
};
Span span_of(const Filter& filter, Time now) {
  return {std::max(filter.since.value_or(now - longest_trend), now - longest_trend),
          std::min(filter.until.value_or(now + day), now + day)};
}

struct Counts {
  std::uint64_t successes = 0;
  std::uint64_t failures = 0;
};
void apply(const std::optional<bool>& success, Counts& counts) {
  if (success && *success) counts.failures = 0;
  if (success && !*success) counts.successes = 0;
}

std::unexpected<QueryError> failed(const base::Error& error) {
  return std::unexpected(QueryError{QueryError::Kind::storage, error.message});
}

Answer approximate(auto answer) {
  return {.rows = std::move(answer), .approximate = true};
}

class TrendAnswers {
 public:
  TrendAnswers(const Derived& derived, const Query& query, Time now, Budget& budget)
      : derived_(derived),
        query_(query),
        // NOLINTNEXTLINE(bugprone-unchecked-optional-access): can_answer_from_trends() has looked
        subject_(*subject_of(query.filter)),
        span_(span_of(query.filter, now)),
        budget_(budget) {}

  QueryResult<Answer> operator()(const CountQuery&) const {
    TrendSums sums;
    if (auto added = add_sums(sums); !added) return std::unexpected(added.error());
    Counts counts{sums.successes, sums.failures};
    apply(query_.filter.success, counts);
    return approximate(CountAnswer{counts.successes, counts.failures});
  }

  QueryResult<Answer> operator()(const DistinctQuery& distinct) const {
    TrendSums sums;
    if (auto added = add_sums(sums); !added) return std::unexpected(added.error());
    const auto count = (distinct.facet == Facet::login ? sums.logins : sums.remotes).count();
    if (count > 0 && !budget_.holds(sizeof sums)) return std::unexpected(budget_.error().value_or(QueryError{}));
    return approximate(DistinctAnswer{count});
  }

  QueryResult<Answer> operator()(const SeriesQuery& series) const {
    std::map<Time, Counts> rows;
    const auto walked = derived_.each_record(
        subject_.facet, subject_.value, span_.since, span_.until, [&](Day day, const TrendDay& record) {
          record.for_each(day, [&](const TrendDay::Bucket& bucket) { add_bucket(bucket, series.bucket, rows); });
        });
    if (!walked) return failed(walked.error());
    SeriesAnswer answer;
    if (rows.empty()) return approximate(std::move(answer));
    const auto first = rows.begin()->first;
    const auto count = static_cast<std::uint64_t>((rows.rbegin()->first - first) / series.bucket) + 1;
    if (count > query_.limits.rows) return too_many_rows(query_.limits.rows);
    for (Time start = first; start <= rows.rbegin()->first; start += series.bucket) {
      const auto& counts = rows[start];
      answer.rows.push_back({start, counts.successes, counts.failures});
    }
    return approximate(std::move(answer));
  }

  QueryResult<Answer> operator()(const TopQuery& top) const {
    return top.by == TopQuery::By::distinct ? top_by_distinct(top) : top_by_counts(top);
  }

  QueryResult<Answer> operator()(const auto&) const {
    return std::unexpected(QueryError{QueryError::Kind::bad_query, "trends cannot answer this"});
  }

 private:
  QueryResult<void> add_sums(TrendSums& sums) const {
    if (auto added = derived_.add_trend(subject_.facet, subject_.value, span_.since, span_.until, sums); !added) {
      return failed(added.error());
    }
    return {};
  }

  void add_bucket(const TrendDay::Bucket& bucket, Time length, std::map<Time, Counts>& rows) const {
    if (bucket.start + bucket.length <= span_.since || bucket.start >= span_.until) return;
    Counts counts{bucket.successes, bucket.failures};
    apply(query_.filter.success, counts);
    if (counts.successes + counts.failures == 0) return;
    auto& row = rows[bucket.start - bucket.start % length];
    row.successes += counts.successes;
    row.failures += counts.failures;
  }

  QueryResult<Answer> best(std::vector<TopAnswer::Row> rows, std::size_t limit) const {
    auto answer = best_rows(std::move(rows), limit, query_.limits);
    if (answer) answer->approximate = true;
    return answer;
  }

  QueryResult<Answer> top_by_counts(const TopQuery& top) const {
    boost::unordered_flat_map<std::string, std::uint64_t> scores;
    const auto walked = derived_.each_trend(
        top.facet, span_.since, span_.until, [&](Day day, std::string_view value, const TrendDay& record) {
          TrendDay::Counts sums;
          record.count(day, span_.since, span_.until, sums);
          Counts counts{sums.successes, sums.failures};
          apply(query_.filter.success, counts);
          const auto score = counts.failures + (top.by == TopQuery::By::failures ? 0 : counts.successes);
          if (score > 0) scores[std::string(value)] += score;
          return budget_.spend() && budget_.holds(scores.bucket_count() * entry_bytes);
        });
    if (!walked) return failed(walked.error());
    if (const auto& error = budget_.error()) return std::unexpected(*error);
    std::vector<TopAnswer::Row> rows;
    for (const auto& [value, score] : scores) rows.push_back({value_to_text(top.facet, value), score});
    return best(std::move(rows), top.limit);
  }

  QueryResult<Answer> top_by_distinct(const TopQuery& top) const {
    boost::unordered_flat_map<std::string, TrendSums> sums;
    const auto walked = derived_.each_trend(
        top.facet, span_.since, span_.until, [&](Day day, std::string_view value, const TrendDay& record) {
          record.sum(day, span_.since, span_.until, sums[std::string(value)]);
          return budget_.spend() && budget_.holds(sums.bucket_count() * (entry_bytes + sizeof(TrendSums)));
        });
    if (!walked) return failed(walked.error());
    if (const auto& error = budget_.error()) return std::unexpected(*error);
    std::vector<TopAnswer::Row> rows;
    for (const auto& [value, sum] : sums) {
      const auto score = (top.of == Facet::login ? sum.logins : sum.remotes).count();
      if (score > 0) rows.push_back({value_to_text(top.facet, value), score});
    }
    return best(std::move(rows), top.limit);
  }

  const Derived& derived_;
  const Query& query_;
  const Subject subject_;
  const Span span_;
  Budget& budget_;
};

bool counts_others(Facet facet, Facet of) {
  return (of == Facet::login || of == Facet::remote) && of != facet;
}

}  // namespace

bool can_answer_from_trends(const Query& query, Time folded_before) {
  const auto subject = subject_of(query.filter);
  if (!subject) return false;
  if (std::holds_alternative<CountQuery>(query.what)) return true;
  if (const auto* series = std::get_if<SeriesQuery>(&query.what)) {
    const bool young = query.filter.since && *query.filter.since >= folded_before;
    return series->bucket % day == 0 || (young && series->bucket % hour == 0);
  }
  if (const auto* distinct = std::get_if<DistinctQuery>(&query.what)) {
    return !query.filter.success && counts_others(subject->facet, distinct->facet);
  }
  const auto* top = std::get_if<TopQuery>(&query.what);
  if (top == nullptr || subject->facet != Facet::all || !is_trend_facet(top->facet)) return false;
  if (top->by != TopQuery::By::distinct) return true;
  return !query.filter.success && counts_others(top->facet, top->of);
}

QueryResult<Answer> answer_from_trends(const Derived& derived, const Query& query, Time now, Budget& budget) {
  if (const auto& error = budget.error()) return std::unexpected(*error);
  return std::visit(TrendAnswers(derived, query, now, budget), query.what);
}

}  // namespace trackalert::history::rocksdb
