// SPDX-License-Identifier: Apache-2.0
#include "history/overview.h"

#include <algorithm>
#include <optional>

namespace trackalert::history {
namespace {

struct Window {
  const char* name;
  Time length;
};
constexpr std::array login_windows{Window{"24h", day}, Window{"7d", 7 * day}, Window{"30d", 30 * day}};
constexpr std::array remote_windows{Window{"1h", hour}, Window{"24h", day}, Window{"7d", 7 * day},
                                    Window{"30d", 30 * day}};
constexpr std::array remote_tops{Facet::login, Facet::country, Facet::asn, Facet::device};
constexpr Time top_window = 30 * day;

/// Several questions within one limit of time.
class Questions {
 public:
  Questions(const History& history, const base::Clock& clock, const OverviewLimits& limits)
      : history_(history),
        clock_(clock),
        limits_(limits),
        now_(clock.now().time_since_epoch().count()),
        deadline_(clock.steady() + limits.time) {}

  [[nodiscard]] Time now() const { return now_; }

  template <class AnswerOf, class What>
  QueryResult<AnswerOf> ask(const Filter& filter, const What& what, bool* approximate = nullptr) const {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline_ - clock_.steady());
    if (left.count() <= 0) return out_of_time();
    Query query{.filter = filter, .what = what, .limits = {}};
    query.limits.time = std::min(query.limits.time, left);
    auto answer = history_.query(query);
    if (!answer) return std::unexpected(answer.error());
    if (approximate != nullptr) *approximate = answer->approximate;
    return std::get<AnswerOf>(std::move(answer->rows));
  }

  /// A window's sums, of a trend if there is one of `facet`, else counted.
  QueryResult<WindowSums> sums(const Window& window, std::optional<Facet> facet, std::string_view value,
                               Filter filter) const {
    WindowSums out{.window = window.name};
    if (facet) {
      auto trend = history_.trend(*facet, value, now_ - window.length, now_ + 1);
      if (!trend) return std::unexpected(trend.error());
      out.sums = std::move(*trend);
      return out;
    }
    filter.since = now_ - window.length;
    const auto counts = ask<CountAnswer>(filter, CountQuery{});
    if (!counts) return std::unexpected(counts.error());
    out.sums.successes = counts->successes;
    out.sums.failures = counts->failures;
    out.has_sets = false;
    return out;
  }

  QueryResult<EventsAnswer> newest(const Filter& filter) const {
    return ask<EventsAnswer>(filter, EventsQuery{.limit = limits_.events, .after = std::nullopt});
  }

 private:
  [[nodiscard]] std::unexpected<QueryError> out_of_time() const {
    return std::unexpected(QueryError{
        QueryError::Kind::limit, "it takes longer than the limit of " + std::to_string(limits_.time.count()) + " ms"});
  }

  const History& history_;
  const base::Clock& clock_;
  const OverviewLimits& limits_;
  const Time now_;
  const base::SteadyTime deadline_;
};

/// The facet that has a trend of this network, and its value there.
std::optional<Facet> trend_facet_of(const base::Prefix& remote) {
  if (remote.length == remote.address.bits()) return Facet::remote;
  if (net_of(remote.address).length == remote.length) return Facet::net;
  return std::nullopt;
}

}  // namespace

QueryResult<LoginOverview> login_overview(const History& history, const std::string& login, const base::Clock& clock,
                                          const OverviewLimits& limits) {
  const Questions questions(history, clock, limits);
  Filter filter;
  filter.login = login;
  LoginOverview out;
  out.login = login;
  auto profile = history.profile(login);
  if (!profile) return std::unexpected(profile.error());
  out.profile = std::move(*profile);
  const auto value = value_from_text(Facet::login, login);
  if (!value) return std::unexpected(QueryError{QueryError::Kind::bad_query, value.error().message});
  for (const auto& window : login_windows) {
    auto sums = questions.sums(window, Facet::login, *value, filter);
    if (!sums) return std::unexpected(sums.error());
    out.trend.push_back(std::move(*sums));
  }
  auto events = questions.newest(filter);
  if (!events) return std::unexpected(events.error());
  out.events = std::move(*events);
  return out;
}

QueryResult<RemoteOverview> remote_overview(const History& history, const base::Prefix& remote,
                                            const base::Clock& clock, const OverviewLimits& limits) {
  const Questions questions(history, clock, limits);
  const auto facet = trend_facet_of(remote);
  std::string value;
  if (facet) {
    auto found = value_from_text(*facet, *facet == Facet::remote ? remote.address.to_string() : remote.to_string());
    if (!found) return std::unexpected(QueryError{QueryError::Kind::bad_query, found.error().message});
    value = std::move(*found);
  }
  Filter filter;
  filter.remote = remote;
  RemoteOverview out;
  out.remote = remote;
  for (const auto& window : remote_windows) {
    auto sums = questions.sums(window, facet, value, filter);
    if (!sums) return std::unexpected(sums.error());
    out.trend.push_back(std::move(*sums));
  }
  auto events = questions.newest(filter);
  if (!events) return std::unexpected(events.error());
  out.events = std::move(*events);

  filter.since = questions.now() - top_window;
  for (const auto top : remote_tops) {
    auto& entry = out.tops.emplace_back(RemoteOverview::Top{.facet = top, .rows = {}});
    auto rows = questions.ask<TopAnswer>(filter, TopQuery{.facet = top, .limit = limits.top}, &entry.approximate);
    if (!rows) return std::unexpected(rows.error());
    entry.rows = std::move(rows->rows);
  }
  return out;
}

}  // namespace trackalert::history
