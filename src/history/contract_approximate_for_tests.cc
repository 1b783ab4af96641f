// SPDX-License-Identifier: Apache-2.0
#include "history/contract_approximate_for_tests.h"

#include <fmt/format.h>

#include <cmath>
#include <limits>

#include "base/json_writer.h"
#include "history/reference_query_for_tests.h"

namespace trackalert::history {
namespace {

constexpr double sketch_error = 0.15;

Time begin_of_day(Time time) {
  return time - ((time % day) + day) % day;
}
Time end_of_day(Time time) {
  return begin_of_day(time) == time ? time : begin_of_day(time) + day;
}

struct Range {
  std::uint64_t least = 0;
  std::uint64_t most = 0;

  [[nodiscard]] bool holds(std::uint64_t number, double error = 0) const {
    const auto value = static_cast<double>(number);
    return value >= std::floor(static_cast<double>(least) * (1 - error)) &&
           value <= std::ceil(static_cast<double>(most) * (1 + error));
  }
};

Difference outside(std::string_view what, std::uint64_t got, const Range& range, double error = 0) {
  if (range.holds(got, error)) return std::nullopt;
  return fmt::format("{} is {}, should be {} to {}", what, got, range.least, range.most);
}

/// Trends know a text that is too long in its short form only.
std::string in_trends(Facet facet, const std::string& text) {
  return text.size() > max_value_bytes ? value_to_text(facet, value_from_text(facet, text).value()) : text;
}
Scores scores_in_trends(const std::vector<const Event*>& events, const TopQuery& query) {
  Scores out;
  for (const auto& [value, score] : naive_scores(events, query)) out[in_trends(query.facet, value)] = score;
  return out;
}

/// The events that must be counted, and those that may.
struct Bounds {
  Bounds(const ReferenceHistory& reference, const Query& query)
      : inner_log(reference.memory().log), outer_log(reference.memory().log), wider(query) {
    const auto& erased = reference.memory().erased;
    outer_log.insert(outer_log.end(), erased.begin(), erased.end());
    if (wider.filter.since) wider.filter.since = begin_of_day(*wider.filter.since);
    if (wider.filter.until) wider.filter.until = end_of_day(*wider.filter.until);
    inner = naive_select(inner_log, query.filter);
    outer = naive_select(outer_log, wider.filter);
  }

  [[nodiscard]] Range count(bool success) const {
    const auto number = [success](const auto& events) {
      return static_cast<std::uint64_t>(
          std::ranges::count_if(events, [success](const auto* event) { return event->report.success == success; }));
    };
    return {number(inner), number(outer)};
  }

  [[nodiscard]] Range distinct(Facet facet) const {
    return {naive_scores(inner, {.facet = facet}).size(), naive_scores(outer, {.facet = facet}).size()};
  }

  const std::vector<Event>& inner_log;
  std::vector<Event> outer_log;
  Query wider;
  std::vector<const Event*> inner;
  std::vector<const Event*> outer;
};

struct Near {
  const Query& query;
  const Bounds& bounds;

  Difference operator()(const CountAnswer& got) const {
    if (auto difference = outside("successes", got.successes, bounds.count(true))) return difference;
    return outside("failures", got.failures, bounds.count(false));
  }

  Difference operator()(const EventsAnswer& /*unused*/) const { return "events are never approximate"; }

  Difference operator()(const DistinctAnswer& got) const {
    const auto facet = std::get<DistinctQuery>(query.what).facet;
    return outside("distinct", got.values, bounds.distinct(facet), sketch_error);
  }

  Difference operator()(const TopAnswer& got) const {
    const auto& what = std::get<TopQuery>(query.what);
    const double error = what.by == TopQuery::By::distinct ? sketch_error : 0;
    auto least = scores_in_trends(bounds.inner, what);
    const auto most = scores_in_trends(bounds.outer, what);
    auto before = std::numeric_limits<std::uint64_t>::max();
    std::set<std::string> seen;
    for (const auto& [text, score] : got.rows) {
      const auto value = in_trends(what.facet, text);
      const auto name = "score of " + base::json_string(value);
      if (score > before || score == 0) return name + " is out of order";
      before = score;
      if (!seen.insert(value).second) return name + " comes twice";
      if (!most.contains(value)) return name + " should not be there";
      const auto inner = least.extract(value);
      const auto least_score = inner.empty() ? 0 : inner.mapped();
      if (auto difference = outside(name, score, {least_score, most.at(value)}, error)) return difference;
    }
    if (got.rows.size() > what.limit) return "more rows than asked for";
    // What is left out must not be above the last row.
    for (const auto& [value, score] : least) {
      const auto last = got.rows.size() < what.limit ? 0 : got.rows.back().score;
      if (static_cast<double>(score) * (1 - 2 * error) > static_cast<double>(last)) {
        return fmt::format("{} ({}) is missing", base::json_string(value), score);
      }
    }
    return std::nullopt;
  }

  Difference operator()(const SeriesAnswer& got) const {
    const auto bucket = std::get<SeriesQuery>(query.what).bucket;
    CountAnswer sum;
    for (std::size_t i = 0; i < got.rows.size(); ++i) {
      const auto& row = got.rows[i];
      if (row.start % bucket != 0) return fmt::format("bucket {} begins beside its time", row.start);
      if (i > 0 && row.start != got.rows[i - 1].start + bucket) return fmt::format("bucket {} is no next", row.start);
      sum.successes += row.successes;
      sum.failures += row.failures;
    }
    return (*this)(sum);
  }

  Difference operator()(const SignificantAnswer& got) const {
    const auto& what = std::get<SignificantQuery>(query.what);
    auto least = scores_in_trends(bounds.inner, {.facet = what.facet});
    auto most = scores_in_trends(bounds.outer, {.facet = what.facet});
    for (const auto& row : got.rows) {
      const auto value = in_trends(what.facet, row.value);
      const auto name = "reports of " + base::json_string(value);
      if (auto difference = outside(name, row.within, {least[value], most[value]})) return difference;
    }
    return got.rows.size() > what.limit ? Difference("more rows than asked for") : std::nullopt;
  }
};

/// A set against what it should hold; exact if it says so.
Difference set_outside(std::string_view what, const DistinctSet& got, std::size_t least, std::size_t most) {
  return outside(what, got.count(), {least, most}, got.exact() ? 0 : sketch_error);
}

}  // namespace

Difference differ_in_approximate(const Answer& got, const ReferenceHistory& reference, const Query& query) {
  const Bounds bounds(reference, query);
  if (got.rows.index() != query.what.index()) return "the answer to another question";
  return std::visit(Near{query, bounds}, got.rows);
}

Difference compare_trends(const TrendSums& got, const ReferenceHistory& reference, Facet facet, const std::string& text,
                          Time since, Time until) {
  const auto exact = reference.counted(facet, text, since, until);
  // A sum that cut no bucket counts nothing outside.
  const auto wide_since = got.cut ? begin_of_day(since) : since;
  const auto wide_until = got.cut ? end_of_day(until) : until;
  const auto wide = reference.counted(facet, text, wide_since, wide_until, ReferenceHistory::Erased::counted);
  auto difference = outside("successes", got.successes, {exact.successes, wide.successes});
  if (!difference) difference = outside("failures", got.failures, {exact.failures, wide.failures});
  if (!difference) difference = set_outside("logins", got.logins, exact.logins.size(), wide.logins.size());
  if (!difference) difference = set_outside("remotes", got.remotes, exact.remotes.size(), wide.remotes.size());
  if (!difference) difference = set_outside("guesses", got.guesses, exact.guesses.size(), wide.guesses.size());
  const bool whole_days = begin_of_day(since) == since && begin_of_day(until) == until;
  if (!difference && got.cut && whole_days) difference = "a time of whole days cuts a bucket";
  if (difference) {
    *difference = fmt::format("trend of {} {} from {} to {}{}: {}", facet_name(facet), base::json_string(text), since,
                              until, got.cut ? ", cut" : "", *difference);
  }
  return difference;
}

}  // namespace trackalert::history
