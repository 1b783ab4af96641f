// SPDX-License-Identifier: Apache-2.0
#include "detect/lookup.h"

#include <fmt/format.h>

#include <algorithm>

namespace trackalert::detect {
namespace {

using history::Facet;
using history::Query;
using history::Time;

constexpr std::size_t most_events = 1000;
constexpr std::size_t most_names = 200;
constexpr std::size_t shown_values = 3;
constexpr std::chrono::milliseconds time_limit{2000};

Query question(std::optional<Time> since, Time until) {
  Query query;
  query.filter.since = since;
  query.filter.until = until;
  query.limits.time = time_limit;
  return query;
}

}  // namespace

Lookup::Texts Lookup::top(const Query& query) {
  ++asked_;
  const auto answer = history_.query(query);
  Texts out;
  if (!answer) {
    ++failed_;
    return out;
  }
  for (const auto& row : std::get<history::TopAnswer>(answer->rows).rows) out.push_back(row.value);
  return out;
}

std::vector<history::Event> Lookup::events(const Query& query) {
  ++asked_;
  auto answer = history_.query(query);
  if (!answer) {
    ++failed_;
    return {};
  }
  return std::move(std::get<history::EventsAnswer>(answer->rows).events);
}

Lookup::Texts Lookup::logins_tried_from(const base::Prefix& source, Time since, Time until, std::size_t limit) {
  auto query = question(since, until);
  query.filter.remote = base::Prefix{source.address.masked(source.length), source.length};
  query.filter.success = false;
  query.what = history::TopQuery{.facet = Facet::login, .limit = limit};
  return top(query);
}

Lookup::Texts Lookup::sources_trying(std::string_view login, Time since, Time until) {
  auto query = question(since, until);
  query.filter.login = login;
  query.filter.success = false;
  query.what = history::TopQuery{.facet = Facet::remote, .limit = most_names};
  return top(query);
}

Lookup::Texts Lookup::top_of_failures(Facet facet, Time since, Time until, std::size_t limit) {
  auto query = question(since, until);
  query.filter.success = false;
  query.what = history::TopQuery{.facet = facet, .limit = limit};
  return top(query);
}

std::vector<history::Event> Lookup::successes_from(const base::Prefix& source, Time since, Time until) {
  auto query = question(since, until);
  query.filter.remote = base::Prefix{source.address.masked(source.length), source.length};
  query.filter.success = true;
  query.what = history::EventsQuery{.limit = most_events, .after = {}};
  return events(query);
}

std::vector<history::Event> Lookup::failures_of(std::string_view login, Time since, Time until) {
  auto query = question(since, until);
  query.filter.login = login;
  query.filter.success = false;
  query.what = history::EventsQuery{.limit = most_events, .after = {}};
  return events(query);
}

std::optional<history::Event> Lookup::last_success(std::string_view login, Time until) {
  auto query = question(std::nullopt, until);
  query.filter.login = login;
  query.filter.success = true;
  query.what = history::EventsQuery{.limit = 1, .after = {}};
  auto found = events(query);
  if (found.empty()) return std::nullopt;
  return std::move(found.front());
}

std::uint64_t Lookup::logins_from(const base::Prefix& source, Time since, Time until) {
  ++asked_;
  if (source.length != source.address.bits()) {
    auto query = question(since, until);
    query.filter.remote = source;
    query.what = history::DistinctQuery{.facet = Facet::login};
    const auto answer = history_.query(query);
    if (answer) return std::get<history::DistinctAnswer>(answer->rows).values;
    ++failed_;
    return 0;
  }
  const auto value = history::value_from_text(Facet::remote, source.address.to_string());
  if (!value) return 0;
  const auto sums = history_.trend(Facet::remote, *value, since, until);
  if (!sums) {
    ++failed_;
    return 0;
  }
  return sums->logins.count();
}

history::Profile Lookup::profile(std::string_view login) {
  ++asked_;
  auto found = history_.profile(login);
  if (found) return std::move(*found);
  ++failed_;
  return {};
}

std::string Lookup::usual(const history::Profile& profile, Facet facet, std::string_view but_for) {
  struct Row {
    unsigned days;
    std::string value;
  };
  std::vector<Row> rows;
  profile.for_each([&](Facet of, std::string_view value, const history::Usage& usage) {
    if (of != facet || usage.successes == 0) return;
    auto text = history::value_to_text(facet, value);
    if (text != but_for) rows.push_back({usage.success_days, std::move(text)});
  });
  std::ranges::sort(rows,
                    [](const Row& a, const Row& b) { return a.days != b.days ? a.days > b.days : a.value < b.value; });
  std::string out;
  for (std::size_t i = 0; i < std::min(rows.size(), shown_values); ++i) {
    out += fmt::format("{}{} ({} day{})", out.empty() ? "" : ", ", rows[i].value, rows[i].days,
                       rows[i].days == 1 ? "" : "s");
  }
  return out;
}

}  // namespace trackalert::detect
