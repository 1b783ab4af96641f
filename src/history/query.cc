// SPDX-License-Identifier: Apache-2.0
#include "history/query.h"

#include <fmt/format.h>

#include <charconv>

namespace trackalert::history {
namespace {

template <class Number>
bool read_all(std::string_view text, Number& out) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc{} && end == text.data() + text.size();
}

using Problem = std::optional<std::string>;

Problem problem_of(const Filter& filter) {
  if (filter.since && filter.until && *filter.since > *filter.until) return "filter.since: later than filter.until";
  if (filter.remote && filter.remote->length > filter.remote->address.bits()) {
    return fmt::format("filter.remote: longer than {} bits", filter.remote->address.bits());
  }
  if (filter.attrs.size() > max_filter_attrs) return fmt::format("filter.attrs: more than {}", max_filter_attrs);
  return std::nullopt;
}

Problem problem_of(const QueryLimits& limits) {
  if (limits.time.count() < 0) return "limits.time_ms: must not be negative";
  if (limits.rows == 0) return "limits.rows: must be at least 1";
  if (limits.memory_bytes == 0) return "limits.memory_bytes: must be at least 1";
  return std::nullopt;
}

Problem problem_of(const CountQuery& /*unused*/) {
  return std::nullopt;
}
Problem problem_of(const DistinctQuery& /*unused*/) {
  return std::nullopt;
}
Problem problem_of(const EventsQuery& events) {
  if (events.limit == 0) return "events.limit: must be at least 1";
  return std::nullopt;
}
Problem problem_of(const TopQuery& top) {
  if (top.limit == 0) return "top.limit: must be at least 1";
  if (top.by == TopQuery::By::distinct && (top.of == top.facet || top.of == Facet::all)) {
    return fmt::format("top.of: each {} has one {}", facet_name(top.facet), facet_name(top.of));
  }
  return std::nullopt;
}
Problem problem_of(const SeriesQuery& series) {
  if (series.bucket <= 0) return "series.bucket: must be longer than nothing";
  return std::nullopt;
}
Problem problem_of(const SignificantQuery& significant) {
  if (significant.limit == 0) return "significant.limit: must be at least 1";
  if (significant.facet == Facet::all) return "significant.facet: every report is among all";
  return std::nullopt;
}

}  // namespace

std::string Cursor::to_string() const {
  return fmt::format("{}-{}", time, sequence);
}

std::optional<Cursor> Cursor::parse(std::string_view text) {
  const auto dash = text.rfind('-');
  Cursor out;
  if (dash == std::string_view::npos || !read_all(text.substr(0, dash), out.time) ||
      !read_all(text.substr(dash + 1), out.sequence)) {
    return std::nullopt;
  }
  return out;
}

std::optional<std::string> query_problem(const Query& query) {
  if (auto problem = problem_of(query.filter)) return problem;
  if (auto problem = problem_of(query.limits)) return problem;
  return std::visit([](const auto& what) { return problem_of(what); }, query.what);
}

}  // namespace trackalert::history
