// SPDX-License-Identifier: Apache-2.0
#include "app/scorer.h"

#include <algorithm>

#include "history/facet.h"

namespace trackalert::app {
namespace {

constexpr double percent_base = 100'000;

std::string of_source(const std::string& name) {
  return "s" + name;
}
std::string of_login(const std::string& name) {
  return "l" + name;
}

bool counts(const alert::Alert& alert) {
  return !alert.shadow && alert.severity >= detect::Severity::medium;
}

}  // namespace

double FamilyScore::recall() const {
  return campaigns == 0 ? 1 : static_cast<double>(detected) / static_cast<double>(campaigns);
}

double FamilyScore::median_seconds() const {
  return seconds_to_detect.empty() ? 0 : seconds_to_detect[seconds_to_detect.size() / 2];
}

double Score::per_100000(std::size_t count) const {
  return honest_reports == 0 ? 0 : static_cast<double>(count) * percent_base / static_cast<double>(honest_reports);
}

std::optional<Scorer::Number> Scorer::number_of(const Label& label, history::Time time) {
  const auto at = numbers_.find(label.campaign);
  if (at != numbers_.end()) return at->second;
  if (campaigns_.size() >= max_campaigns) {
    ++score_.left_out;
    return std::nullopt;
  }
  const auto number = static_cast<Number>(campaigns_.size());
  numbers_.emplace(label.campaign, number);
  auto& campaign = campaigns_.emplace_back();
  campaign.family = label.attack;
  campaign.name = label.campaign;
  campaign.first = campaign.last = time;
  return number;
}

void Scorer::remember(const std::string& name, Number campaign) {
  if (campaigns_by_name_.size() >= max_names && !campaigns_by_name_.contains(name)) {
    ++score_.left_out;
    return;
  }
  auto& numbers = campaigns_by_name_[name];
  if (std::ranges::find(numbers, campaign) == numbers.end()) numbers.push_back(campaign);
}

bool Scorer::add(const login::Report& report, history::Time time, const std::optional<Label>& label) {
  if (!label) {
    ++score_.honest_reports;
    return report.success;
  }
  ++score_.attack_reports;
  const auto number = number_of(*label, time);
  if (!number) return false;
  auto& campaign = campaigns_[*number];
  campaign.first = std::min(campaign.first, time);
  campaign.last = std::max(campaign.last, time);
  if (history::has_remote(report)) remember(of_source(report.remote.to_string()), *number);
  if (!report.login.empty()) remember(of_login(report.login), *number);
  if (!label->taken) return false;
  taken_.insert(report.login);
  return campaign.taken.insert(report.login).second && report.success;
}

void Scorer::heard_of(const alert::Alert& alert) {
  if (counts(alert)) heard_.try_emplace(alert.id, alert.last_seen);
}

std::vector<Scorer::Number> Scorer::campaigns_of(const alert::Alert& alert, bool by_logins) const {
  std::vector<Number> out;
  const auto look = [&](const std::string& name) {
    const auto at = campaigns_by_name_.find(name);
    if (at == campaigns_by_name_.end()) return;
    for (const auto number : at->second) {
      const auto& campaign = campaigns_[number];
      if (campaign.first <= alert.last_seen && alert.first_seen <= campaign.last) out.push_back(number);
    }
  };
  for (const auto& source : alert.sources.shown()) look(of_source(source));
  for (const auto* names : {&alert.logins, &alert.taken}) {
    if (!by_logins) break;
    for (const auto& login : names->shown()) look(of_login(login));
  }
  std::ranges::sort(out);
  const auto same = std::ranges::unique(out);
  out.erase(same.begin(), same.end());
  return out;
}

void Scorer::credit(Campaign& campaign, const alert::Alert& alert, history::Time opened) {
  if (alert.because_of.empty()) ++campaign.alerts;
  const auto since = std::max(opened, campaign.first);
  if (!campaign.detected || since < *campaign.detected) campaign.detected = since;
  if (alert.key.starts_with(detect::login_key_prefix)) {
    const auto login = alert.key.substr(detect::login_key_prefix.size());
    if (campaign.taken.contains(login)) campaign.named.insert(login);
  }
  for (const auto& login : alert.taken.shown()) {
    if (campaign.taken.contains(login)) campaign.named.insert(login);
  }
}

void Scorer::add(const alert::Alert& alert) {
  if (alert.shadow) return;
  const bool wrong = campaigns_of(alert, true).empty();
  auto& of_rule = score_.rules[{alert.rule, std::string(detect::severity_name(alert.severity))}];
  ++of_rule.alerts;
  of_rule.wrong += wrong ? 1 : 0;
  if (!counts(alert)) return;
  ++score_.alerts;
  score_.wrong += wrong ? 1 : 0;
  for (const auto& login : alert.taken.shown()) said_taken_.insert(login);
  const auto heard = heard_.find(alert.id);
  const auto opened = heard == heard_.end() ? alert.last_seen : heard->second;
  // Two campaigns may try one login, so that only their sources say whom an alert has found.
  for (const auto number : campaigns_of(alert, false)) credit(campaigns_[number], alert, opened);
}

Score Scorer::score() const {
  auto out = score_;
  for (const auto& campaign : campaigns_) {
    auto& family = out.families[campaign.family];
    ++family.campaigns;
    family.alerts += campaign.alerts;
    family.taken += campaign.taken.size();
    family.named += campaign.named.size();
    if (campaign.detected) {
      ++family.detected;
      family.seconds_to_detect.push_back(static_cast<double>(*campaign.detected - campaign.first) /
                                         static_cast<double>(history::second));
    } else {
      family.missed.push_back(campaign.name);
    }
  }
  for (auto& [name, family] : out.families) {
    std::ranges::sort(family.seconds_to_detect);
    std::ranges::sort(family.missed);
  }
  for (const auto& login : said_taken_) {
    if (!taken_.contains(login)) out.wrongly_taken.push_back(login);
  }
  std::ranges::sort(out.wrongly_taken);
  out.risk = curves_.points();
  return out;
}

}  // namespace trackalert::app
