// SPDX-License-Identifier: Apache-2.0
// The oracle against answers worked out by hand.
#include "history/reference_history_for_tests.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

namespace trackalert::history {
namespace {

using testing::ElementsAre;

constexpr Time now = Time{1'795'000'000} * second;  // Wednesday 2026-11-18 11:06:40

class Reference : public testing::Test {
 protected:
  /// `ago` is in seconds; the address in 192.0.2.0/24, 0: none.
  Arrival add(const std::string& login, std::uint8_t host, bool success, double ago = 0,
              const std::string& country = "DE") {
    login::Report report;
    report.t = 1'795'000'000 - ago;
    report.login = login;
    if (host != 0) report.remote = base::Address::v4({192, 0, 2, host});
    report.success = success;
    report.pwhash = success ? "right" : pwhash;
    report.fail_type = success ? "" : fail_type;
    report.attrs = attrs;
    report.attrs_mv = attrs_mv;
    std::vector<Arrival> arrivals{{.report = &report, .place = {.country_code = country, .city = {}, .as_name = {}}}};
    EXPECT_TRUE(history.append(arrivals));
    arrivals[0].report = nullptr;
    return arrivals[0];
  }

  template <class Rows>
  Rows ask(const auto& what, const Filter& filter = {}) {
    const auto answer = history.query({filter, what, {}});
    EXPECT_TRUE(answer) << answer.error().message;
    return answer ? std::get<Rows>(answer->rows) : Rows{};
  }

  std::vector<Sequence> sequences(const Filter& filter = {}, const EventsQuery& what = {}) {
    std::vector<Sequence> out;
    for (const auto& event : ask<EventsAnswer>(what, filter).events) out.push_back(event.sequence);
    return out;
  }

  base::FakeClock clock;
  ReferenceHistory history{clock};
  std::string pwhash = "wrong";
  std::string fail_type;
  login::Attributes attrs;
  login::MultiAttributes attrs_mv;
};

TEST_F(Reference, EventsAreNewestFirstThenLatestFirst) {
  add("a", 1, true, 10);
  add("a", 1, true, 20);
  add("a", 1, true, 10);
  EXPECT_THAT(sequences(), ElementsAre(3, 1, 2));
  const auto page = ask<EventsAnswer>(EventsQuery{2, {}});
  EXPECT_EQ(page.next, (Cursor{now - 10 * second, 1}));
  EXPECT_THAT(sequences({}, {2, page.next}), ElementsAre(2));
  EXPECT_EQ(ask<EventsAnswer>(EventsQuery{3, {}}).next, std::nullopt);
}

TEST_F(Reference, EveryFieldFilters) {
  attrs = {{"k", "1"}};
  attrs_mv = {{"m", {"x", "y"}}};
  add("a", 1, true, 10);
  attrs = {};
  attrs_mv = {};
  add("b", 2, false, 5, "FR");
  add("", 0, false, 0, "");
  const auto found = [this](const auto& set) {
    Filter filter;
    set(filter);
    return sequences(filter);
  };
  EXPECT_THAT(found([](Filter& f) { f.login = "a"; }), ElementsAre(1));
  EXPECT_THAT(found([](Filter& f) { f.login = ""; }), ElementsAre(3));
  EXPECT_THAT(found([](Filter& f) { f.country = "FR"; }), ElementsAre(2));
  EXPECT_THAT(found([](Filter& f) { f.success = false; }), ElementsAre(3, 2));
  EXPECT_THAT(found([](Filter& f) { f.pwhash = "right"; }), ElementsAre(1));
  EXPECT_THAT(found([](Filter& f) { f.since = now - 5 * second; }), ElementsAre(3, 2));
  EXPECT_THAT(found([](Filter& f) { f.until = now - 5 * second; }), ElementsAre(1));
  EXPECT_THAT(found([](Filter& f) { f.remote = *base::parse_prefix("192.0.2.2"); }), ElementsAre(2));
  EXPECT_THAT(found([](Filter& f) { f.remote = *base::parse_prefix("192.0.2.0/31"); }), ElementsAre(1));
  EXPECT_THAT(found([](Filter& f) { f.remote = *base::parse_prefix("0.0.0.0/0"); }), ElementsAre(2, 1));
  EXPECT_THAT(found([](Filter& f) { f.remote = *base::parse_prefix("::/0"); }), ElementsAre());
  EXPECT_THAT(found([](Filter& f) { f.attrs = {{"k", "1"}}; }), ElementsAre(1));
  EXPECT_THAT(found([](Filter& f) { f.attrs = {{"m", "y"}, {"k", "1"}}; }), ElementsAre(1));
  EXPECT_THAT(found([](Filter& f) { f.attrs = {{"m", "z"}}; }), ElementsAre());
}

TEST_F(Reference, CountsAndTops) {
  add("a", 1, true);
  add("b", 1, false);
  add("c", 2, false);
  add("c", 2, false);
  add("c", 0, false);
  EXPECT_EQ(ask<CountAnswer>(CountQuery{}), (CountAnswer{1, 4}));
  EXPECT_EQ(ask<DistinctAnswer>(DistinctQuery{Facet::login}), DistinctAnswer{3});
  EXPECT_EQ(ask<DistinctAnswer>(DistinctQuery{Facet::remote}), DistinctAnswer{2});
  using Row = TopAnswer::Row;
  const auto top = [this](TopQuery what) { return ask<TopAnswer>(what).rows; };
  EXPECT_THAT(top({.facet = Facet::remote}), ElementsAre(Row{"192.0.2.1", 2}, Row{"192.0.2.2", 2}));
  EXPECT_THAT(top({.facet = Facet::login, .limit = 1}), ElementsAre(Row{"c", 3}));
  EXPECT_THAT(top({.facet = Facet::login, .by = TopQuery::By::failures}), ElementsAre(Row{"c", 3}, Row{"b", 1}));
  EXPECT_THAT(top({.facet = Facet::net, .by = TopQuery::By::distinct, .of = Facet::login}),
              ElementsAre(Row{"192.0.2.0/24", 3}));
  EXPECT_THAT(top({.facet = Facet::login, .by = TopQuery::By::distinct, .of = Facet::remote}),
              ElementsAre(Row{"a", 1}, Row{"b", 1}, Row{"c", 1}));
  EXPECT_THAT(top({.facet = Facet::hour_of_week}), ElementsAre(Row{"59", 5}));  // Wednesday, 11 to 12
  EXPECT_THAT(top({.facet = Facet::all}), ElementsAre(Row{"all", 5}));
}

TEST_F(Reference, SeriesFillsTheGaps) {
  add("a", 1, true);
  add("a", 1, false, 2 * 3600);
  using Row = SeriesAnswer::Row;
  const Time this_hour = now / hour * hour;
  EXPECT_THAT(ask<SeriesAnswer>(SeriesQuery{hour}).rows,
              ElementsAre(Row{this_hour - 2 * hour, 0, 1}, Row{this_hour - hour, 0, 0}, Row{this_hour, 1, 0}));
  Filter nothing;
  nothing.login = "x";
  EXPECT_THAT(ask<SeriesAnswer>(SeriesQuery{hour}, nothing).rows, ElementsAre());
}

TEST_F(Reference, SignificantIsTheJlhScore) {
  for (int i = 0; i < 3; ++i) add("a", 1, true, 0, "BR");
  add("a", 1, true, 0, "DE");
  for (int i = 0; i < 16; ++i) add("b", 1, true, 0, "DE");
  Filter filter;
  filter.login = "a";
  const auto rows = ask<SignificantAnswer>(SignificantQuery{Facet::country}, filter).rows;
  ASSERT_EQ(rows.size(), 1);
  EXPECT_EQ(rows[0].value, "BR");
  EXPECT_EQ(rows[0].within, 3);
  EXPECT_EQ(rows[0].overall, 3);
  EXPECT_DOUBLE_EQ(rows[0].score, (0.75 - 0.15) * 0.75 / 0.15);
}

TEST_F(Reference, LimitsAndNonsenseAreErrors) {
  add("a", 1, true);
  add("b", 2, true, 86400);
  const auto kind = [this](const auto& what, const QueryLimits& limits) {
    return history.query({{}, what, limits}).error().kind;
  };
  using enum QueryError::Kind;
  EXPECT_EQ(kind(EventsQuery{}, {.rows = 1}), limit);
  EXPECT_EQ(kind(SeriesQuery{minute}, {.rows = 1440}), limit);
  EXPECT_TRUE(history.query({{}, SeriesQuery{minute}, {.rows = 1441}}));
  EXPECT_EQ(kind(CountQuery{}, {.time = std::chrono::milliseconds{0}}), limit);
  EXPECT_EQ(kind(DistinctQuery{}, {.memory_bytes = 1}), limit);
  EXPECT_EQ(kind(SeriesQuery{0}, {}), bad_query);
}

TEST_F(Reference, ImpossibleTimesBecomeNow) {
  EXPECT_EQ(add("a", 1, true, -300).time, now + 5 * minute);
  EXPECT_EQ(add("a", 1, true, -301).time, now);
  EXPECT_EQ(add("a", 1, true, -1e300).time, now);
  EXPECT_EQ(add("a", 1, true, 1e300).time, now);
  EXPECT_EQ(add("a", 1, true, 1'795'000'001).time, now);  // before 1970
  EXPECT_EQ(add("a", 1, true, std::numeric_limits<double>::quiet_NaN()).time, now);
  EXPECT_EQ(add("a", 1, true, 1.25).time, now - 1'250'000);
  const auto events = ask<EventsAnswer>(EventsQuery{}).events;
  for (const auto& event : events) EXPECT_DOUBLE_EQ(event.report.t, static_cast<double>(event.time) / 1e6);
}

TEST_F(Reference, NoveltyIsWhatWasNotThereBefore) {
  const auto first = add("a", 1, false).novelty;
  EXPECT_TRUE(first.new_login);
  EXPECT_EQ(first.new_values, 0b100101);  // country, net, hour of week
  EXPECT_EQ(first.never_succeeded, 0b100101);
  const auto second_time = add("a", 1, true, 0, "FR").novelty;
  EXPECT_FALSE(second_time.new_login);
  EXPECT_EQ(second_time.new_values, 0b000001);
  EXPECT_EQ(second_time.never_succeeded, 0b100101);
  EXPECT_EQ(add("a", 1, true, 0, "FR").novelty, Novelty{});
  EXPECT_EQ(add("", 1, true).novelty, Novelty{});
}

TEST_F(Reference, RemembersUsage) {
  add("a", 1, true, 1.5);
  add("a", 1, false, 86400);
  add("a", 1, true, 2 * 86400);
  add("a", 1, true, 0);
  const auto country = history.remembered("a").at({Facet::country, "DE"});
  EXPECT_EQ(country.usage.first, now - 2 * day);
  EXPECT_EQ(country.usage.last, now);
  EXPECT_EQ(country.usage.last_success, now);
  EXPECT_EQ(country.usage.successes, 3);
  EXPECT_EQ(country.usage.failures, 1);
  EXPECT_EQ(country.success_days, 2);
  EXPECT_EQ(country.usage.success_days, 2);
  EXPECT_EQ(history.remembered("a").at({Facet::all, ""}).usage, country.usage);
  EXPECT_TRUE(history.remembered("b").empty());
  EXPECT_TRUE(history.remembered("").empty());
}

TEST_F(Reference, CountsTrends) {
  add("a", 1, true);
  add("a", 1, false);
  add("a", 1, false);  // the same guess
  add("b", 1, false);
  pwhash = "";
  add("b", 1, false);  // a guess by itself
  fail_type = "internal";
  add("c", 1, false);  // no guess
  add("", 2, true, 3600);
  const auto all = history.counted(Facet::all, "all", now - hour, now + 1);
  EXPECT_EQ(all.successes, 2);
  EXPECT_EQ(all.failures, 5);
  EXPECT_EQ(all.logins.size(), 3);
  EXPECT_EQ(all.remotes.size(), 2);
  EXPECT_EQ(all.guesses.size(), 3);
  EXPECT_EQ(history.counted(Facet::all, "all", now - hour + 1, now).successes, 0);
  const auto remote = history.counted(Facet::remote, "192.0.2.1", 0, now + 1);
  EXPECT_EQ(remote.failures, 5);
  EXPECT_EQ(remote.remotes.size(), 0);
  EXPECT_EQ(history.counted(Facet::login, "a", 0, now + 1).logins.size(), 0);
  const auto sums = history.trend(Facet::all, "", now - hour, now + 1);
  EXPECT_EQ(sums->logins.count(), 3);
  EXPECT_EQ(sums->guesses.count(), 3);
  EXPECT_EQ(sums->failures, 5);
}

TEST_F(Reference, ErasesALogin) {
  add("a", 1, true);
  add("b", 1, true);
  add("a", 1, true);
  EXPECT_EQ(history.erase("a"), 2);
  EXPECT_EQ(history.erase("a"), 0);
  EXPECT_EQ(history.erase(""), 0);
  EXPECT_THAT(sequences(), ElementsAre(2));
  EXPECT_EQ(history.status().reports, 1);
  EXPECT_EQ(add("a", 1, true).sequence, 4);
  EXPECT_EQ(history.counted(Facet::remote, "192.0.2.1", 0, now + 1).successes, 2);
  using enum ReferenceHistory::Erased;
  EXPECT_EQ(history.counted(Facet::remote, "192.0.2.1", 0, now + 1, counted).successes, 4);
  EXPECT_EQ(history.counted(Facet::login, "a", 0, now + 1, counted).successes, 1);
}

}  // namespace
}  // namespace trackalert::history
