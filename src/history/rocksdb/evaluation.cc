// SPDX-License-Identifier: Apache-2.0
#include "history/rocksdb/evaluation.h"

#include <algorithm>
#include <boost/unordered/unordered_flat_map.hpp>
#include <boost/unordered/unordered_flat_set.hpp>
#include <map>

#include "history/rocksdb/log_reader.h"

namespace trackalert::history::rocksdb {
namespace {

constexpr std::size_t node_bytes = 80;  // of a map's entry, beside its text
constexpr std::uint64_t clock_stride = 256;

/// A facet's value as a key to count by, empty if there is none: the bytes of facet.h where they are shorter than the
/// text and stand for it, else the text.
void counting_key(Facet facet, const Event& event, std::string& out) {
  out.clear();
  if (facet == Facet::remote || facet == Facet::net || facet == Facet::asn) {
    append_value(facet, event, out);
  } else {
    out = facet_text(facet, event);
  }
}

std::string text_of_key(Facet facet, const std::string& key) {
  return facet == Facet::remote || facet == Facet::net || facet == Facet::asn ? value_to_text(facet, key) : key;
}

class Count final : public Evaluation {
 public:
  bool add(const Event& event) override {
    ++(event.report.success ? answer_.successes : answer_.failures);
    return true;
  }
  QueryResult<Answer> finish() override { return Answer{answer_}; }

 private:
  CountAnswer answer_;
};

std::size_t bytes_of(const Event& event) {
  const auto& report = event.report;
  std::size_t sum =
      sizeof event + report.login.size() + report.pwhash.size() + report.device_id.size() + report.session_id.size();
  for (const auto& [name, value] : report.attrs) sum += node_bytes + name.size() + value.size();
  for (const auto& [name, value] : report.device_attrs) sum += node_bytes + name.size() + value.size();
  for (const auto& [name, values] : report.attrs_mv) {
    sum += node_bytes + name.size();
    for (const auto& value : values) sum += node_bytes + value.size();
  }
  return sum;
}

class Events final : public Evaluation {
 public:
  Events(const EventsQuery& query, const QueryLimits& limits, Budget& budget)
      : after_(query.after), wanted_(query.limit + 1), limits_(limits), budget_(budget) {}

  bool add(const Event& event) override {
    const Cursor at{event.time, event.sequence};
    if (after_ && !older(at, *after_)) return true;
    if (full() && !older(order_.front().at, at)) return true;
    bytes_ += bytes_of(event);
    if (full()) {
      take_place_of_oldest(at, event);
    } else {
      order_.push_back({at, events_.size()});
      std::ranges::push_heap(order_, newer);
      events_.push_back(event);
    }
    return budget_.holds(bytes_);
  }
  bool wants(Time newest) const override { return !full() || newest >= order_.front().at.time; }
  QueryResult<Answer> finish() override {
    EventsAnswer answer;
    // One more than asked for was kept: whether there is a next page.
    const bool more = full();
    std::ranges::sort_heap(order_, newer);
    if (more) order_.pop_back();
    if (order_.size() > limits_.rows) return too_many_rows(limits_.rows);
    for (const auto& kept : order_) answer.events.push_back(std::move(events_[kept.place]));
    if (more) answer.next = Cursor{answer.events.back().time, answer.events.back().sequence};
    return Answer{std::move(answer)};
  }

 private:
  struct Kept {
    Cursor at;
    std::size_t place;  ///< in events_
  };
  static bool older(const Cursor& a, const Cursor& b) {
    return std::tie(a.time, a.sequence) < std::tie(b.time, b.sequence);
  }
  static bool newer(const Kept& a, const Kept& b) { return older(b.at, a.at); }
  [[nodiscard]] bool full() const { return order_.size() == wanted_; }

  void take_place_of_oldest(const Cursor& at, const Event& event) {
    std::ranges::pop_heap(order_, newer);
    auto& kept = order_.back();
    kept.at = at;
    bytes_ -= bytes_of(events_[kept.place]);
    events_[kept.place] = event;
    std::ranges::push_heap(order_, newer);
  }

  const std::optional<Cursor> after_;
  const std::size_t wanted_;
  const QueryLimits limits_;
  Budget& budget_;
  std::vector<Kept> order_;    ///< a heap, the oldest in front
  std::vector<Event> events_;  ///< in no order: only their places are sorted, events are large
  std::size_t bytes_ = 0;
};

class Distinct final : public Evaluation {
 public:
  Distinct(Facet facet, const Hasher& hasher, Budget& budget) : facet_(facet), hasher_(hasher), budget_(budget) {}
  bool add(const Event& event) override {
    counting_key(facet_, event, key_);
    if (key_.empty()) return true;
    values_.insert(hasher_(key_));
    return budget_.holds(values_.bucket_count() * sizeof(std::uint64_t));
  }
  QueryResult<Answer> finish() override { return Answer{DistinctAnswer{values_.size()}}; }

 private:
  const Facet facet_;
  const Hasher& hasher_;
  Budget& budget_;
  std::string key_;
  boost::unordered_flat_set<std::uint64_t> values_;  ///< 64 bits keep millions apart
};

class Top final : public Evaluation {
 public:
  Top(const TopQuery& query, const QueryLimits& limits, const Hasher& hasher, Budget& budget)
      : query_(query), limits_(limits), hasher_(hasher), budget_(budget) {}

  bool add(const Event& event) override {
    if (query_.by == TopQuery::By::failures && event.report.success) return true;
    counting_key(query_.facet, event, key_);
    if (key_.empty()) return true;
    if (query_.by == TopQuery::By::distinct) {
      counting_key(query_.of, event, other_);
      if (other_.empty()) return true;
      const std::array pair{hasher_(key_), hasher_(other_)};
      const bool first = pairs_.insert(hasher_({reinterpret_cast<const char*>(pair.data()), sizeof pair})).second;
      if (!first) return true;
    }
    const auto [at, added] = scores_.try_emplace(key_, 0);
    ++at->second;
    if (added) bytes_ += node_bytes + key_.size();
    return budget_.holds(bytes_ + pairs_.bucket_count() * sizeof(std::uint64_t));
  }

  QueryResult<Answer> finish() override {
    std::vector<TopAnswer::Row> rows;
    for (const auto& [key, score] : scores_) rows.push_back({text_of_key(query_.facet, key), score});
    return best_rows(std::move(rows), query_.limit, limits_);
  }

 private:
  const TopQuery query_;
  const QueryLimits limits_;
  const Hasher& hasher_;
  Budget& budget_;
  std::string key_;
  std::string other_;
  boost::unordered_flat_map<std::string, std::uint64_t> scores_;
  boost::unordered_flat_set<std::uint64_t> pairs_;
  std::size_t bytes_ = 0;
};

class Series final : public Evaluation {
 public:
  Series(const SeriesQuery& query, const QueryLimits& limits, Budget& budget)
      : bucket_(query.bucket), limits_(limits), budget_(budget) {}

  bool add(const Event& event) override {
    const auto remainder = event.time % bucket_;
    auto& row = rows_[event.time - (remainder < 0 ? remainder + bucket_ : remainder)];
    ++(event.report.success ? row.successes : row.failures);
    return budget_.holds(rows_.size() * node_bytes);
  }

  QueryResult<Answer> finish() override {
    SeriesAnswer answer;
    if (rows_.empty()) return Answer{std::move(answer)};
    const auto first = rows_.begin()->first;
    const auto count = (rows_.rbegin()->first - first) / bucket_ + 1;
    if (static_cast<std::uint64_t>(count) > limits_.rows) return too_many_rows(limits_.rows);
    for (Time i = 0; i < count; ++i) {
      const auto start = first + i * bucket_;
      const auto found = rows_.find(start);
      answer.rows.push_back(found == rows_.end()
                                ? SeriesAnswer::Row{.start = start}
                                : SeriesAnswer::Row{start, found->second.successes, found->second.failures});
    }
    return Answer{std::move(answer)};
  }

 private:
  const Time bucket_;
  const QueryLimits limits_;
  Budget& budget_;
  std::map<Time, CountAnswer> rows_;
};

class Significant final : public Evaluation {
 public:
  Significant(const Query& query, Budget& budget)
      : query_(std::get<SignificantQuery>(query.what)), filter_(query.filter), limits_(query.limits), budget_(budget) {}

  bool add(const Event& event) override {
    const bool within = matches(filter_, event);
    ++overall_;
    within_ += within ? 1 : 0;
    counting_key(query_.facet, event, key_);
    if (key_.empty()) return true;
    const auto [at, added] = values_.try_emplace(key_);
    ++at->second.overall;
    at->second.within += within ? 1 : 0;
    if (added) bytes_ += node_bytes + key_.size();
    return budget_.holds(bytes_);
  }

  QueryResult<Answer> finish() override {
    SignificantAnswer answer;
    for (const auto& [key, counts] : values_) {
      const double p = static_cast<double>(counts.within) / static_cast<double>(within_);
      const double q = static_cast<double>(counts.overall) / static_cast<double>(overall_);
      if (counts.within < least_reports || p <= q) continue;
      answer.rows.push_back({text_of_key(query_.facet, key), (p - q) * (p / q), counts.within, counts.overall});
    }
    std::ranges::sort(answer.rows, [](const auto& a, const auto& b) {
      return a.score != b.score ? a.score > b.score : a.value < b.value;
    });
    if (answer.rows.size() > query_.limit) answer.rows.resize(query_.limit);
    if (answer.rows.size() > limits_.rows) return too_many_rows(limits_.rows);
    return Answer{std::move(answer)};
  }

 private:
  static constexpr std::uint64_t least_reports = 3;
  struct Counts {
    std::uint64_t within = 0;
    std::uint64_t overall = 0;
  };
  const SignificantQuery query_;
  const Filter& filter_;
  const QueryLimits limits_;
  Budget& budget_;
  std::string key_;
  std::uint64_t within_ = 0;
  std::uint64_t overall_ = 0;
  boost::unordered_flat_map<std::string, Counts> values_;
  std::size_t bytes_ = 0;
};

}  // namespace

Budget::Budget(const QueryLimits& limits, const base::Clock& clock)
    : limits_(limits), clock_(clock), end_(clock.steady() + limits.time) {
  if (limits.time.count() <= 0) look_at_clock();
}

bool Budget::spend() {
  if (++spent_ % clock_stride == 0) look_at_clock();
  return !error_;
}

void Budget::look_at_clock() {
  if (clock_.steady() >= end_ && !error_) {
    error_ = QueryError{QueryError::Kind::limit, fmt::format("the query took longer than {} ms", limits_.time.count())};
  }
}

bool Budget::holds(std::size_t bytes) {
  if (bytes > limits_.memory_bytes && !error_) {
    error_ = QueryError{QueryError::Kind::limit,
                        fmt::format("the query needs more than {} MiB of memory", limits_.memory_bytes >> 20)};
  }
  return !error_;
}

std::unexpected<QueryError> too_many_rows(std::size_t rows) {
  return std::unexpected(QueryError{QueryError::Kind::limit, fmt::format("the answer has more than {} rows", rows)});
}

QueryResult<Answer> best_rows(std::vector<TopAnswer::Row> rows, std::size_t limit, const QueryLimits& limits) {
  const auto before = [](const TopAnswer::Row& a, const TopAnswer::Row& b) {
    return a.score != b.score ? a.score > b.score : a.value < b.value;
  };
  if (rows.size() > limit) {
    std::ranges::nth_element(rows, rows.begin() + static_cast<std::ptrdiff_t>(limit), before);
    rows.resize(limit);
  }
  if (rows.size() > limits.rows) return too_many_rows(limits.rows);
  std::ranges::sort(rows, before);
  return Answer{TopAnswer{std::move(rows)}};
}

std::unique_ptr<Evaluation> make_evaluation(const Query& query, const Hasher& hasher, Budget& budget) {
  struct Make {
    const Query& query;
    const Hasher& hasher;
    Budget& budget;
    std::unique_ptr<Evaluation> operator()(const CountQuery&) const { return std::make_unique<Count>(); }
    std::unique_ptr<Evaluation> operator()(const EventsQuery& events) const {
      return std::make_unique<Events>(events, query.limits, budget);
    }
    std::unique_ptr<Evaluation> operator()(const DistinctQuery& distinct) const {
      return std::make_unique<Distinct>(distinct.facet, hasher, budget);
    }
    std::unique_ptr<Evaluation> operator()(const TopQuery& top) const {
      return std::make_unique<Top>(top, query.limits, hasher, budget);
    }
    std::unique_ptr<Evaluation> operator()(const SeriesQuery& series) const {
      return std::make_unique<Series>(series, query.limits, budget);
    }
    std::unique_ptr<Evaluation> operator()(const SignificantQuery&) const {
      return std::make_unique<Significant>(query, budget);
    }
  };
  return std::visit(Make{query, hasher, budget}, query.what);
}

Filter filter_to_walk(const Query& query) {
  if (!std::holds_alternative<SignificantQuery>(query.what)) return query.filter;
  return {.since = query.filter.since, .until = query.filter.until};
}

}  // namespace trackalert::history::rocksdb
