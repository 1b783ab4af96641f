// SPDX-License-Identifier: Apache-2.0
#include "history/query.h"

#include <gtest/gtest.h>

namespace trackalert::history {
namespace {

std::string problem(const auto& what, const auto& change) {
  Query query;
  query.what = what;
  change(query);
  return query_problem(query).value_or("");
}
std::string problem(const auto& what) {
  return problem(what, [](const Query& /*unused*/) {});
}
std::string problem_after(const auto& change) {
  return problem(CountQuery{}, change);
}

TEST(QueryProblem, SenseHasNone) {
  EXPECT_EQ(problem(CountQuery{}), "");
  EXPECT_EQ(problem(EventsQuery{}), "");
  EXPECT_EQ(problem(DistinctQuery{Facet::all}), "");
  EXPECT_EQ(problem(TopQuery{}), "");
  EXPECT_EQ(problem(TopQuery{.facet = Facet::login, .limit = 1}), "");  // by count: `of` does not matter
  EXPECT_EQ(problem(SeriesQuery{.bucket = 1}), "");
  EXPECT_EQ(problem(SignificantQuery{}), "");
  EXPECT_EQ(problem_after([](Query& query) { query.filter.since = query.filter.until = 5; }), "");
  EXPECT_EQ(problem_after([](Query& query) { query.limits.time = std::chrono::milliseconds{0}; }), "");
}

TEST(QueryProblem, NamesTheNonsense) {
  EXPECT_EQ(problem(EventsQuery{.limit = 0, .after = {}}), "events.limit: must be at least 1");
  EXPECT_EQ(problem(TopQuery{.limit = 0}), "top.limit: must be at least 1");
  EXPECT_EQ(problem(TopQuery{.facet = Facet::login, .by = TopQuery::By::distinct, .of = Facet::login}),
            "top.of: each login has one login");
  EXPECT_EQ(problem(TopQuery{.facet = Facet::net, .by = TopQuery::By::distinct, .of = Facet::all}),
            "top.of: each net has one all");
  EXPECT_EQ(problem(SeriesQuery{.bucket = 0}), "series.bucket: must be longer than nothing");
  EXPECT_EQ(problem(SeriesQuery{.bucket = -hour}), "series.bucket: must be longer than nothing");
  EXPECT_EQ(problem(SignificantQuery{.limit = 0}), "significant.limit: must be at least 1");
  EXPECT_EQ(problem(SignificantQuery{.facet = Facet::all}), "significant.facet: every report is among all");
}

TEST(QueryProblem, LooksAtFilterAndLimits) {
  EXPECT_EQ(problem_after([](Query& query) {
              query.filter.since = 6;
              query.filter.until = 5;
            }),
            "filter.since: later than filter.until");
  EXPECT_EQ(problem_after([](Query& query) { query.filter.remote = base::Prefix{{}, 33}; }),
            "filter.remote: longer than 32 bits");
  EXPECT_EQ(problem_after([](Query& query) { query.filter.attrs.resize(33); }), "filter.attrs: more than 32");
  EXPECT_EQ(problem_after([](Query& query) { query.limits.time = std::chrono::milliseconds{-1}; }),
            "limits.time_ms: must not be negative");
  EXPECT_EQ(problem_after([](Query& query) { query.limits.rows = 0; }), "limits.rows: must be at least 1");
  EXPECT_EQ(problem_after([](Query& query) { query.limits.memory_bytes = 0; }),
            "limits.memory_bytes: must be at least 1");
}

}  // namespace
}  // namespace trackalert::history
