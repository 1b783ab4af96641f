// SPDX-License-Identifier: Apache-2.0
// The parameters of every kind: names, defaults, bounds, help. What the bounded tables can hold bounds what can be
// asked.
#include <array>

#include "detect/record_limits.h"
#include "detect/rule.h"

namespace trackalert::detect {
namespace {

using Rows = std::vector<ParameterRow>;

std::vector<std::string_view> traits() {
  return {"asn", "attrs", "country", "device", "net", "protocol", "protocol_country"};
}
std::vector<std::string_view> novel_things() {
  return {"country", "network", "device"};
}
constexpr double day_minutes = 1440;

/// When "new" means anything.
void add_maturity(Rows& rows) {
  rows.push_back({"min_successes", 5.0, 0, 1e6, {}, "successes that a profile needs before new means anything"});
  rows.push_back({"min_success_days", 3.0, 0, 400, {}, "on so many days"});
  rows.push_back({"min_age_days", 7.0, 0, 400, {}, "the first report of the login so long ago"});
  rows.push_back({"max_age_days", 90.0, 1, 400, {}, "what succeeded within this time is not new"});
}

Rows threshold_rows() {
  return {{"subject",
           std::string("login"),
           0,
           0,
           {"login", "source_login"},
           "whose guesses: of a login, or of one source at it"},
          {"window_minutes", 10.0, 1, day_minutes, {}, "the time in which they are counted"},
          {"window_days", 0.0, 0, 30, {}, "a long window in place of it, checked against the history; 0: none"},
          {"min_guesses",
           10.0,
           1,
           most_guesses_of_login * 25.0,
           {},
           "different passwords (with a short window at most 40)"},
          {"min_nets", 1.0, 1, most_guesses_of_login, {}, "from so many networks (/24, /48)"},
          {"min_days", 0.0, 0, 30, {}, "on so many days"}};
}

Rows distinct_rows() {
  return {
      {"subject", std::string("source"), 0, 0, {"source", "login"}, "logins of a source, or countries of a login"},
      {"window_minutes", 60.0, 1, day_minutes, {}, "the time in which they are counted"},
      {"window_days", 0.0, 0, 30, {}, "a long window in place of it; 0: none"},
      {"min_days", 0.0, 0, 30, {}, "guesses on so many days of the long window"},
      {"min_logins", 10.0, 1, most_logins_of_source, {}, "logins guessed"},
      {"min_guesses", 1.0, 1, 10'000, {}, "different passwords, all logins together"},
      {"max_guesses_per_login", 1000.0, 1, 1000, {}, "a login with no more is guessed narrowly"},
      {"min_narrow_share", 0.0, 0, 1, {}, "share of the logins that are guessed narrowly"},
      {"min_stranger_share", 0.8, 0, 1, {}, "share of the source's logins that never succeeded from it"},
      {"min_countries", 3.0, 2, most_places_of_login, {}, "subject login: countries of successes, none of them usual"},
      {"usual_days", 3.0, 1, 400, {}, "a country with successes on so many days is usual"}};
}

Rows novelty_rows() {
  Rows rows{{"new_all", Texts{}, 0, 0, novel_things(), "all of these must be new"},
            {"new_any", Texts{}, 0, 0, novel_things(), "and one of these"},
            {"not_new", Texts{}, 0, 0, novel_things(), "and none of these"},
            {"usual_any", Texts{}, 0, 0, novel_things(), "and one of these usual, or not known"},
            {"min_dormant_days", 0.0, 0, 400, {}, "no success for so long; 0: does not matter"},
            {"severity_with_sign",
             std::string(),
             0,
             0,
             {"", "low", "medium", "high", "critical"},
             "severity with a further sign: an "
             "anonymiser or hosting network, guesses just before, impossible travel, an unusual hour, several logins "
             "entered from there, a dormant account; \"\": signs do not matter"}};
  add_maturity(rows);
  return rows;
}

Rows velocity_rows() {
  Rows rows{{"min_distance_km", 500.0, 1, 20'000, {}, "between two successes, less both accuracy radii"},
            {"max_speed_kmh", 900.0, 1, 100'000, {}, "faster is impossible"},
            {"window_hours", 24.0, 1, 720, {}, "between the two successes at most"},
            {"usual_days", 3.0, 1, 400, {}, "a place with successes on so many days is usual"},
            {"severity_usual_device",
             std::string("low"),
             0,
             0,
             {"info", "low", "medium", "high", "critical"},
             "severity when the device "
             "is usual on both ends: a VPN"},
            {"spared_networks",
             Texts{"anonymiser", "mobile"},
             0,
             0,
             {"anonymiser", "mobile", "hosting"},
             "kinds of network "
             "whose place means nothing"}};
  add_maturity(rows);
  return rows;
}

Rows sequence_rows() {
  return {{"first",
           std::string("guesses"),
           0,
           0,
           {"guesses", "retired_password", "alert"},
           "what comes before: guesses at the login, a "
           "password that was replaced, or an alert about the source"},
          {"window_minutes", day_minutes, 1, day_minutes, {}, "first = guesses: the time in which they are counted"},
          {"min_guesses", 5.0, 1, most_guesses_of_login, {}, "first = guesses: different passwords"}};
}

Rows baseline_rows() {
  return {{"min_guesses", 50.0, 1, 1e9, {}, "in 10 minutes"},
          {"min_deviations", 6.0, 1, 100, {}, "above the median, in median absolute deviations"},
          {"min_observed_hours", 24.0, 1, 840, {}, "of reports, before anything is said"}};
}

Rows campaign_rows() {
  return {
      {"window_minutes", 60.0, 5, day_minutes, {}, "the time in which sources are counted"},
      {"window_days", 0.0, 0, 30, {}, "a long window in place of it; 0: none"},
      {"long_window_days", 0.0, 0, 30, {}, "and a second, longer one; 0: none"},
      {"min_sources", 30.0, 2, 1e6, {}, "addresses"},
      {"max_guesses_per_source", 5.0, 1, 15, {}, "of each, a day"},
      {"min_logins", 50.0, 2, 1e6, {}, "guessed by them together"},
      {"min_stranger_share", 0.95, 0, 1, {}, "share of the guesses that did not end in a success"},
      {"min_excess", 5.0, 1, 1000, {}, "guesses, as a multiple of the same group's earlier level"},
      {"min_observed_hours", 24.0, 1, 840, {}, "of reports before the window, before anything is said"},
      {"traits", Texts{"asn", "country", "device", "protocol"}, 0, 0, traits(), "what the sources may have in common"}};
}

}  // namespace

std::span<const ParameterRow> parameter_rows(Kind kind) {
  static const std::array<Rows, 7> rows{threshold_rows(), distinct_rows(), novelty_rows(), velocity_rows(),
                                        sequence_rows(),  baseline_rows(), campaign_rows()};
  return rows.at(static_cast<std::size_t>(kind));
}

}  // namespace trackalert::detect
