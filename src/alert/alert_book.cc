// SPDX-License-Identifier: Apache-2.0
#include "alert/alert_book.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>

#include "alert/short_hash.h"
#include "alert/stored_alert.h"

namespace trackalert::alert {
namespace {

std::string place_of(const std::string& cause, const std::string& key) {
  return cause + '\0' + key;
}

void add_evidence(Alert& alert, const std::vector<detect::Evidence>& evidence) {
  for (const auto& piece : evidence) {
    const auto at = std::ranges::find(alert.evidence, piece.name, &detect::Evidence::name);
    if (at == alert.evidence.end())
      alert.evidence.push_back(piece);
    else
      *at = piece;
  }
}

}  // namespace

std::string alert_id(const std::string& rule, const std::string& key, history::Time first_seen) {
  return short_hash(fmt::format("{}\n{}\n{}", rule, key, first_seen));
}

template <class Action>
bool AlertBook::resize(Alert& alert, Action action) {
  bytes_ -= alert.memory_bytes();
  const bool result = action(alert);
  bytes_ += alert.memory_bytes();
  return result;
}

void AlertBook::evict_oldest() {
  ++evicted_count_;
  evicted_.push_back(take_out(alerts_.begin()));
  evicted_.back().closed = true;
}

void AlertBook::make_room() {
  while (bytes_ > options_.max_bytes && alerts_.size() > 1) evict_oldest();
}

Alert& AlertBook::insert(Alert alert) {
  if (alerts_.size() >= options_.max_alerts) evict_oldest();
  auto& added = alerts_.emplace_back(std::move(alert));
  bytes_ += added.memory_bytes();
  return added;
}

Alert& AlertBook::add(Alert alert) {
  auto& added = insert(std::move(alert));
  index(std::prev(alerts_.end()));
  make_room();
  return added;
}

Alert& AlertBook::open(const detect::Finding& finding) {
  Alert alert;
  alert.rule = finding.rule->name;
  alert.severity = finding.severity;
  alert.key = finding.key;
  alert.cause = finding.rule->cause;
  alert.attack = finding.rule->attack;
  alert.message = finding.message;
  alert.shadow = finding.rule->mode == detect::Mode::shadow;
  alert.first_seen = finding.since;
  alert.last_seen = finding.time;
  alert.id = alert_id(alert.rule, alert.key, alert.first_seen);
  // What a person has closed stays as it was closed.
  if (closed_ids_.contains(alert.id)) alert.id = short_hash(alert.id + std::to_string(finding.time));
  merge(alert, finding);
  return add(std::move(alert));
}

void AlertBook::restore(Alert alert) {
  add(std::move(alert));
}

void AlertBook::index(Alerts::iterator alert) {
  next_quiet_ = std::min(next_quiet_, alert->last_seen + options_.quiet_for);
  by_id_[alert->id] = alert;
  by_cause_[place_of(alert->cause, alert->key)] = alert;
  by_key_[alert->key] = alert;
}

/// Whether it has become worse.
bool AlertBook::merge(Alert& alert, const detect::Finding& finding) {
  ++alert.count;
  alert.last_seen = std::max(alert.last_seen, finding.time);
  for (const auto& source : finding.sources) alert.sources.add(source);
  for (const auto& login : finding.logins) alert.logins.add(login);
  for (const auto& login : finding.taken) alert.taken.add(login);
  alert.sources.at_least(finding.sources_total);
  alert.logins.at_least(finding.logins_total);
  add_evidence(alert, finding.evidence);
  if (finding.goes_on && finding.message.empty()) return false;
  const bool known = std::ranges::find(alert.rules, finding.rule->name) != alert.rules.end();
  if (!known) alert.rules.push_back(finding.rule->name);
  const bool shadow = finding.rule->mode == detect::Mode::shadow;
  const bool worse = !shadow && (alert.shadow || finding.severity > alert.severity);
  if (worse || (finding.goes_on && finding.rule->name == alert.rule)) {
    alert.message = finding.message;
    alert.rule = finding.rule->name;
    alert.attack = finding.rule->attack;
  }
  if (worse) {
    alert.severity = finding.severity;
    alert.shadow = false;
    alert.acknowledged = false;  // somebody has in hand what it was, not what it is
  }
  return worse;
}

const Alert* AlertBook::named(const std::string& key) const {
  const auto at = by_key_.find(key);
  return at == by_key_.end() ? nullptr : &*at->second;
}

std::optional<AlertBook::Change> AlertBook::take(const detect::Finding& finding) {
  const auto at = by_cause_.find(place_of(finding.rule->cause, finding.key));
  const bool is_open = at != by_cause_.end() && finding.time <= at->second->last_seen + options_.quiet_for;
  if (!is_open) {
    if (finding.goes_on) return std::nullopt;
    auto& alert = open(finding);
    if (const auto* cause = finding.because_of.empty() ? nullptr : named(finding.because_of))
      alert.because_of = cause->id;
    return Change{&alert, News::opened};
  }
  auto& alert = *at->second;
  const bool raised = resize(alert, [&finding](Alert& it) { return merge(it, finding); });
  if (alert.because_of.empty() && !finding.because_of.empty()) {
    if (const auto* cause = named(finding.because_of)) alert.because_of = cause->id;
  }
  alerts_.splice(alerts_.end(), alerts_, at->second);
  make_room();
  return Change{&alert, raised ? News::raised : News::updated};
}

void AlertBook::close_quiet(history::Time now, const std::function<void(Alert)>& closed) {
  if (now <= next_quiet_) return;
  std::vector<Alerts::iterator> quiet;
  next_quiet_ = std::numeric_limits<history::Time>::max();
  for (auto at = alerts_.begin(); at != alerts_.end(); ++at) {
    const auto quiet_from = at->last_seen + options_.quiet_for;
    if (quiet_from < now)
      quiet.push_back(at);
    else
      next_quiet_ = std::min(next_quiet_, quiet_from);
  }
  std::ranges::sort(quiet, [](const auto& a, const auto& b) {
    return std::tie(a->last_seen, a->id) < std::tie(b->last_seen, b->id);
  });
  for (const auto& at : quiet) {
    at->closed = true;
    closed(take_out(at));
  }
}

void AlertBook::erase_login(const std::string& login) {
  const auto key = detect::login_key(login);
  for (auto at = alerts_.begin(); at != alerts_.end();) {
    const auto alert = at++;
    if (alert->key == key) {
      (void)take_out(alert);
      continue;
    }
    (void)resize(*alert, [&login](Alert& it) { return forget_login(it, login); });
  }
}

std::vector<const Alert*> AlertBook::alerts() const {
  std::vector<const Alert*> out;
  for (const auto& alert : alerts_) out.push_back(&alert);
  std::ranges::sort(out, [](const Alert* a, const Alert* b) {
    return std::tie(a->first_seen, a->id) < std::tie(b->first_seen, b->id);
  });
  return out;
}

const Alert* AlertBook::find(const std::string& id) const {
  const auto at = by_id_.find(id);
  return at == by_id_.end() ? nullptr : &*at->second;
}

const Alert* AlertBook::change(const std::string& id, const std::function<void(Alert&)>& change) {
  const auto at = by_id_.find(id);
  if (at == by_id_.end()) return nullptr;
  auto& alert = *at->second;
  (void)resize(alert, [&change](Alert& it) {
    change(it);
    return true;
  });
  return &alert;
}

std::optional<Alert> AlertBook::close(const std::string& id) {
  const auto at = by_id_.find(id);
  if (at == by_id_.end()) return std::nullopt;
  note_closed(id);
  auto alert = take_out(at->second);
  alert.closed = true;
  return alert;
}

const Alert& AlertBook::reopen(Alert alert) {
  alert.closed = false;
  auto& added = insert(std::move(alert));
  const auto at = std::prev(alerts_.end());
  next_quiet_ = std::min(next_quiet_, added.last_seen + options_.quiet_for);
  by_id_[added.id] = at;
  by_cause_.try_emplace(place_of(added.cause, added.key), at);
  by_key_.try_emplace(added.key, at);
  make_room();
  return added;
}

void AlertBook::note_closed(const std::string& id) {
  if (closed_ids_.size() >= max_closed) closed_ids_.clear();
  closed_ids_.insert(id);
}

Alert AlertBook::take_out(Alerts::iterator alert) {
  const auto erase_from = [alert](auto& index, const std::string& key) {
    const auto at = index.find(key);
    if (at != index.end() && at->second == alert) index.erase(at);
  };
  erase_from(by_id_, alert->id);
  erase_from(by_cause_, place_of(alert->cause, alert->key));
  erase_from(by_key_, alert->key);
  bytes_ -= alert->memory_bytes();
  auto out = std::move(*alert);
  alerts_.erase(alert);
  return out;
}

}  // namespace trackalert::alert
