// SPDX-License-Identifier: Apache-2.0
#include "detect/ruleset.h"

#include <algorithm>

namespace trackalert::detect {
namespace {

constexpr double minute_seconds = 60;
constexpr double hour_seconds = 3600;

Seconds seconds_of(const Rule& rule, std::string_view parameter, double unit) {
  return static_cast<Seconds>(rule.number(parameter) * unit);
}
std::size_t count_of(const Rule& rule, std::string_view parameter) {
  return static_cast<std::size_t>(rule.number(parameter));
}
unsigned small_of(const Rule& rule, std::string_view parameter) {
  return static_cast<unsigned>(rule.number(parameter));
}

std::uint8_t things(const Texts& names) {
  std::uint8_t out = 0;
  for (const auto& name : names) {
    out |= name == "country" ? NoveltyRule::country : name == "network" ? NoveltyRule::network : NoveltyRule::device;
  }
  return out;
}

Maturity maturity_of(const Rule& rule) {
  return {static_cast<std::uint32_t>(rule.number("min_successes")),
          static_cast<std::uint32_t>(rule.number("min_success_days")),
          seconds_of(rule, "min_age_days", seconds_per_day)};
}

NoveltyRule novelty_rule(const RulePtr& rule, std::size_t index) {
  return {.rule = rule,
          .index = index,
          .maturity = maturity_of(*rule),
          .max_age = seconds_of(*rule, "max_age_days", seconds_per_day),
          .new_all = things(rule->list("new_all")),
          .new_any = things(rule->list("new_any")),
          .not_new = things(rule->list("not_new")),
          .usual_any = things(rule->list("usual_any")),
          .dormant = seconds_of(*rule, "min_dormant_days", seconds_per_day),
          .with_sign = severity_by_name(rule->choice("severity_with_sign"))};
}

TravelRule travel_rule(const RulePtr& rule, std::size_t index) {
  std::uint8_t spared = 0;
  for (const auto& name : rule->list("spared_networks"))
    spared |= AsnKinds::kind_by_name(name).value_or(AsnKinds::Kind{});
  return {.rule = rule,
          .index = index,
          .maturity = maturity_of(*rule),
          .max_age = seconds_of(*rule, "max_age_days", seconds_per_day),
          .distance_km = rule->number("min_distance_km"),
          .speed_kmh = rule->number("max_speed_kmh"),
          .window = seconds_of(*rule, "window_hours", hour_seconds),
          .spared = spared,
          .usual_device = severity_by_name(rule->choice("severity_usual_device")).value_or(Severity::low)};
}

CampaignRule campaign_rule(const RulePtr& rule, std::size_t index) {
  CampaignRule out{.rule = rule,
                   .index = index,
                   .windows = {},
                   .long_window = rule->number("window_days") > 0,
                   .sources = count_of(*rule, "min_sources"),
                   .guesses_per_source = small_of(*rule, "max_guesses_per_source"),
                   .logins = count_of(*rule, "min_logins"),
                   .stranger_share = rule->number("min_stranger_share"),
                   .excess = rule->number("min_excess"),
                   .observed = seconds_of(*rule, "min_observed_hours", hour_seconds)};
  if (!out.long_window) {
    out.windows.push_back(seconds_of(*rule, "window_minutes", minute_seconds));
    return out;
  }
  out.windows.push_back(seconds_of(*rule, "window_days", seconds_per_day));
  if (rule->number("long_window_days") > 0)
    out.windows.push_back(seconds_of(*rule, "long_window_days", seconds_per_day));
  return out;
}

}  // namespace

Ruleset::Ruleset(std::span<const Rule> rules, std::vector<RulePtr> before) : all_(std::move(before)) {
  for (const auto& rule : rules) {
    auto at =
        std::ranges::find(all_, rule.name, [](const RulePtr& known) -> const std::string& { return known->name; });
    if (at == all_.end()) at = all_.emplace(at);
    *at = std::make_shared<const Rule>(rule);
    add(*at, static_cast<std::size_t>(at - all_.begin()));
  }
}

void Ruleset::add(const RulePtr& rule, std::size_t index) {
  switch (rule->kind) {
    case Kind::threshold:
      thresholds.push_back({.rule = rule,
                            .index = index,
                            .of_source = rule->choice("subject") == "source_login",
                            .window = seconds_of(*rule, "window_minutes", minute_seconds),
                            .long_days = small_of(*rule, "window_days"),
                            .guesses = count_of(*rule, "min_guesses"),
                            .nets = count_of(*rule, "min_nets"),
                            .days = small_of(*rule, "min_days")});
      break;
    case Kind::distinct:
      add_distinct(rule, index);
      break;
    case Kind::novelty:
      novelty.push_back(novelty_rule(rule, index));
      break;
    case Kind::velocity:
      travel.push_back(travel_rule(rule, index));
      usual_days = small_of(*rule, "usual_days");
      break;
    case Kind::sequence:
      add_sequence(rule, index);
      break;
    case Kind::baseline:
      surges.push_back({.rule = rule,
                        .index = index,
                        .guesses = rule->number("min_guesses"),
                        .deviations = rule->number("min_deviations"),
                        .observed = seconds_of(*rule, "min_observed_hours", hour_seconds)});
      break;
    case Kind::campaign:
      campaigns.push_back(campaign_rule(rule, index));
      break;
  }
}

void Ruleset::add_distinct(const RulePtr& rule, std::size_t index) {
  const auto window = seconds_of(*rule, "window_minutes", minute_seconds);
  if (rule->choice("subject") == "login") {
    countries.push_back({rule, index, window, count_of(*rule, "min_countries")});
    return;
  }
  const WideSourceRule made{.rule = rule,
                            .index = index,
                            .window = window,
                            .long_days = small_of(*rule, "window_days"),
                            .days = small_of(*rule, "min_days"),
                            .logins = count_of(*rule, "min_logins"),
                            .guesses = count_of(*rule, "min_guesses"),
                            .guesses_per_login = small_of(*rule, "max_guesses_per_login"),
                            .narrow_share = rule->number("min_narrow_share"),
                            .stranger_share = rule->number("min_stranger_share")};
  if (made.long_days > 0) {
    slow_wide.push_back(made);
    return;
  }
  wide.push_back(made);
  least_wide_logins = std::min(least_wide_logins, made.logins);
}

void Ruleset::add_sequence(const RulePtr& rule, std::size_t index) {
  const SequenceRule made{rule, index, seconds_of(*rule, "window_minutes", minute_seconds),
                          count_of(*rule, "min_guesses")};
  const auto& first = rule->choice("first");
  (first == "guesses" ? after_guesses : first == "alert" ? after_alert : retired).push_back(made);
}

}  // namespace trackalert::detect
