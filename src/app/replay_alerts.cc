// SPDX-License-Identifier: Apache-2.0
#include "app/replay_alerts.h"

#include <algorithm>
#include <tuple>

namespace trackalert::app {
namespace {

/// A login can be as long as a line.
constexpr std::size_t most_key_bytes = 256;

std::uint64_t hash_of(const std::string& name) {
  return boost::hash<std::string>{}(name);
}

}  // namespace

void ReplayAlerts::changed(const alert::Alert& alert, alert::AlertBook::News news) {
  touched_.insert(alert.id);
  if (scorer_ != nullptr && news != alert::AlertBook::News::updated) scorer_->heard_of(alert);
}

void ReplayAlerts::closed(alert::Alert alert) {
  if (touched_.erase(alert.id) > 0) finished(alert);
}

void ReplayAlerts::still_open(const alert::Alert& alert) {
  if (touched_.contains(alert.id)) finished(alert);
}

void ReplayAlerts::finished(const alert::Alert& alert) {
  ++alerts_;
  if (scorer_ != nullptr) scorer_->add(alert);
  receiver_(alert);
  const bool room = tallies_.size() < max_rules || tallies_.contains(alert.rule);
  auto& tally = tallies_[room ? alert.rule : std::string("(others)")];
  ++tally.alerts;
  ++tally.by_severity[alert.severity];
  add_names(alert.logins.shown(), tally.accounts);
  add_names(alert.sources.shown(), tally.sources);
  const auto hash = hash_of(alert.key);
  if (names_ >= max_names && !tally.keys.contains(hash)) return;
  auto& key = tally.keys[hash];
  if (key.alerts == 0) {
    ++names_;
    key.key = alert.key.substr(0, most_key_bytes);
  }
  ++key.alerts;
  key.findings += alert.count;
}

void ReplayAlerts::add_names(const std::vector<std::string>& names, boost::unordered_flat_set<std::uint64_t>& into) {
  for (const auto& name : names) {
    if (names_ >= max_names) return;
    names_ += into.insert(hash_of(name)).second ? 1 : 0;
  }
}

std::map<std::string, ReplayAlerts::Rule> ReplayAlerts::rules() const {
  std::map<std::string, Rule> out;
  for (const auto& [name, tally] : tallies_) {
    auto& rule = out[name];
    rule.alerts = tally.alerts;
    rule.by_severity = tally.by_severity;
    rule.accounts = tally.accounts.size();
    rule.sources = tally.sources.size();
    for (const auto& [hash, key] : tally.keys) rule.noisiest.push_back(key);
    std::ranges::sort(rule.noisiest, [](const Key& a, const Key& b) {
      return std::tie(b.alerts, b.findings, a.key) < std::tie(a.alerts, a.findings, b.key);
    });
    if (rule.noisiest.size() > most_keys) rule.noisiest.resize(most_keys);
  }
  return out;
}

}  // namespace trackalert::app
