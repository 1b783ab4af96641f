// SPDX-License-Identifier: Apache-2.0
#include "alert/explain.h"

#include <algorithm>

namespace trackalert::alert {
namespace {

constexpr std::size_t most_alerts = 20;
/// Addresses of the newest reports that are looked at.
constexpr std::size_t most_sources = 5;

void sort(detect::Standings& standings) {
  std::erase_if(standings, [](const auto& standing) { return standing.share() <= 0; });
  std::ranges::sort(standings, [](const auto& a, const auto& b) {
    if (a.share() != b.share()) return a.share() > b.share();
    return std::tie(a.rule, a.key) < std::tie(b.rule, b.key);
  });
}

void append(detect::Standings& to, detect::Standings more) {
  std::ranges::move(more, std::back_inserter(to));
}

std::vector<base::Prefix> sources_of(const history::EventsAnswer& events) {
  std::vector<base::Prefix> out;
  for (const auto& event : events.events) {
    if (!history::has_remote(event.report) || out.size() >= most_sources) continue;
    const base::Prefix source{event.report.remote, event.report.remote.bits()};
    if (std::ranges::find(out, source) == out.end()) out.push_back(source);
  }
  return out;
}

std::unexpected<ExplainError> failed(std::string message) {
  return std::unexpected(ExplainError{.unknown = false, .message = std::move(message)});
}

/// "login:joe" is about joe; nothing for another key.
std::optional<std::string> after(std::string_view key, std::string_view prefix) {
  if (!key.starts_with(prefix)) return std::nullopt;
  return std::string(key.substr(prefix.size()));
}

}  // namespace

Explained<LoginExplanation> explain_login(const history::History& history, Watch* watch, const base::Clock& clock,
                                          const std::string& login, const history::OverviewLimits& limits) {
  auto overview = history::login_overview(history, login, clock, limits);
  if (!overview) return failed(overview.error().message);
  LoginExplanation out{.login = std::move(*overview), .alerts = {}, .standings = {}};
  if (watch == nullptr) return out;
  AlertFilter filter;
  filter.login = login;
  filter.limit = most_alerts;
  auto page = watch->list(filter);
  if (!page) return failed(page.error().message);
  out.alerts = std::move(page->alerts);
  out.standings = watch->standings_of_login(login);
  for (const auto& source : sources_of(out.login.events)) append(out.standings, watch->standings_of_source(source));
  sort(out.standings);
  return out;
}

Explained<AlertExplanation> explain_alert(const history::History& history, Watch& watch, const base::Clock& clock,
                                          const std::string& id, const history::OverviewLimits& limits) {
  auto found = watch.find(id);
  if (!found) return failed(found.error().message);
  auto& known = *found;
  if (!known) return std::unexpected(ExplainError{.unknown = true, .message = "there is no alert " + id});
  AlertExplanation out;
  out.alert = *std::move(known);
  out.rule = watch.rule(out.alert.rule);
  if (!out.alert.because_of.empty()) {
    auto cause = watch.find(out.alert.because_of);
    if (!cause) return failed(cause.error().message);
    out.because_of = std::move(*cause);
  }
  if (const auto login = after(out.alert.key, detect::login_key_prefix)) {
    auto overview = history::login_overview(history, *login, clock, limits);
    if (!overview) return failed(overview.error().message);
    out.login = std::move(*overview);
    out.standings = watch.standings_of_login(*login);
  }
  auto source = after(out.alert.key, "remote:");
  if (!source) source = after(out.alert.key, "net:");
  const auto prefix = base::parse_prefix(source.value_or(""));
  if (source && prefix) {
    auto overview = history::remote_overview(history, *prefix, clock, limits);
    if (!overview) return failed(overview.error().message);
    out.remote = std::move(*overview);
    out.standings = watch.standings_of_source(*prefix);
  }
  sort(out.standings);
  return out;
}

}  // namespace trackalert::alert
