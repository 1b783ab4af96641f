// SPDX-License-Identifier: Apache-2.0
#include "history/reference_history_for_tests.h"

#include <algorithm>
#include <cmath>
#include <ranges>

#include "history/reference_query_for_tests.h"

namespace trackalert::history {
namespace {

/// Seconds since 1970; the times of a profile are whole seconds.
Time whole_second(Time time) {
  return time - ((time % second) + second) % second;
}

Time day_number(Time time) {
  return (time - ((time % day) + day) % day) / day;
}

void remember(Remembered& remembered, std::set<Time>& days, const Event& event) {
  auto& usage = remembered.usage;
  const Time time = whole_second(event.time);
  const bool first = usage.successes + usage.failures == 0;
  const bool new_day = usage.successes == 0 || day_number(time) > day_number(usage.last_success) ||
                       day_number(time) < day_number(usage.first);
  usage.first = first ? time : std::min(usage.first, time);
  usage.last = first ? time : std::max(usage.last, time);
  if (!event.report.success) {
    ++usage.failures;
    return;
  }
  if (new_day) ++usage.success_days;
  usage.last_success = std::max(usage.last_success, time);
  ++usage.successes;
  days.insert(day_number(time));
  remembered.success_days = static_cast<std::uint16_t>(days.size());
}

bool naive_is_guess(const login::Report& report) {
  static const std::set<std::string> no_guess{"internal", "disabled", "expired", "account", "policy"};
  return !report.success && !report.policy_reject && !no_guess.contains(report.fail_type);
}

/// FNV-1a, its bits mixed: sketches want every bit random.
std::uint32_t hash_of(std::string_view text) {
  std::uint32_t hash = 2166136261U;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 16777619U;
  hash = (hash ^ hash >> 16) * 0x85ebca6bU;
  hash = (hash ^ hash >> 13) * 0xc2b2ae35U;
  return hash ^ hash >> 16;
}

DistinctSet set_of(const std::set<std::string>& texts) {
  DistinctSet out;
  for (const auto& text : texts) out.insert(hash_of(text));
  return out;
}

void count(Counted& counted, Facet facet, const Event& event) {
  const auto& report = event.report;
  ++(report.success ? counted.successes : counted.failures);
  if (facet != Facet::login && !report.login.empty()) counted.logins.insert(report.login);
  const auto remote = naive_text(Facet::remote, event);
  if (facet != Facet::remote && !remote.empty()) counted.remotes.insert(remote);
  if (naive_is_guess(report)) {
    counted.guesses.insert(report.pwhash.empty() ? std::to_string(event.sequence)
                                                 : report.login + std::string(1, '\0') + report.pwhash);
  }
}

}  // namespace

std::string shown_value(Facet facet, const Event& event) {
  auto text = naive_text(facet, event);
  if (text.size() <= max_value_bytes) return text;
  std::string cut;
  append_value(facet, event, cut);
  return value_to_text(facet, cut);
}

ReferenceHistory::ReferenceHistory(const base::Clock& clock, std::shared_ptr<Memory> memory)
    : clock_(clock), memory_(std::move(memory)) {}

base::Result<void> ReferenceHistory::append(std::span<Arrival> arrivals) {
  for (auto& arrival : arrivals) {
    arrival.sequence = memory_->last_sequence + 1;
    add(arrival);
  }
  return {};
}

void ReferenceHistory::add(Arrival& arrival) {
  Event event{arrival.sequence, time_of(*arrival.report), *arrival.report, arrival.place};
  event.report.t = static_cast<double>(event.time) / 1e6;
  arrival.time = event.time;
  arrival.novelty = novelty_of(event);
  arrival.before = familiarity_of(event);
  memory_->last_sequence = arrival.sequence;
  memory_->log.push_back(std::move(event));
}

Time ReferenceHistory::time_of(const login::Report& report) const {
  const Time now = clock_.now().time_since_epoch().count();
  const double us = report.t * 1e6;
  const bool possible = us >= 0 && us <= static_cast<double>(now + max_ahead);  // false for what is no number
  return possible ? std::llround(us) : now;
}

Novelty ReferenceHistory::novelty_of(const Event& event) const {
  if (event.report.login.empty()) return {};  // nobody has no profile
  const auto known = remembered(event.report.login);
  Novelty novelty;
  novelty.new_login = known.empty();
  for (std::size_t i = 0; i < profile_facets.size(); ++i) {
    const auto value = shown_value(profile_facets[i], event);
    if (value.empty()) continue;
    const auto found = known.find({profile_facets[i], value});
    const auto bit = static_cast<std::uint8_t>(1U << i);
    if (found == known.end()) novelty.new_values |= bit;
    if (found == known.end() || found->second.usage.successes == 0) novelty.never_succeeded |= bit;
  }
  return novelty;
}

Familiarity ReferenceHistory::familiarity_of(const Event& event) const {
  if (event.report.login.empty()) return {};
  const auto known = remembered(event.report.login);
  const auto seconds = [](Time time) { return static_cast<std::uint32_t>(time / second); };
  Familiarity before;
  if (const auto total = known.find({Facet::all, ""}); total != known.end()) {
    const auto& usage = total->second.usage;
    before = {.first = seconds(usage.first),
              .last_success = seconds(usage.last_success),
              .successes = usage.successes,
              .success_days = usage.success_days};
  }
  for (std::size_t i = 0; i < profile_facets.size(); ++i) {
    const auto value = shown_value(profile_facets[i], event);
    if (value.empty()) continue;
    before.present |= static_cast<std::uint8_t>(1U << i);
    const auto found = known.find({profile_facets[i], value});
    if (found == known.end()) continue;
    before.values[i] = {seconds(found->second.usage.last_success), found->second.usage.success_days};
  }
  return before;
}

QueryResult<Answer> ReferenceHistory::query(const Query& query) const {
  return naive_answer(memory_->log, query);
}

QueryResult<Profile> ReferenceHistory::profile(std::string_view login) const {
  Profile profile;
  std::uint64_t evicted = 0;
  for (const auto& event : memory_->log) {
    if (!login.empty() && event.report.login == login) profile.add(event, evicted);
  }
  return profile;
}

RememberedValues ReferenceHistory::remembered(std::string_view login) const {
  RememberedValues out;
  if (login.empty()) return out;
  std::map<std::pair<Facet, std::string>, std::set<Time>> days;
  const auto remember_under = [&](const std::pair<Facet, std::string>& key, const Event& event) {
    remember(out[key], days[key], event);
  };
  for (const auto& event : memory_->log) {
    if (event.report.login != login) continue;
    remember_under({Facet::all, ""}, event);
    for (const auto facet : profile_facets) {
      if (const auto value = shown_value(facet, event); !value.empty()) remember_under({facet, value}, event);
    }
  }
  return out;
}

QueryResult<TrendSums> ReferenceHistory::trend(Facet facet, std::string_view value, Time since, Time until) const {
  if (std::ranges::count(trend_facets, facet) == 0) {
    return std::unexpected(QueryError{QueryError::Kind::bad_query, "reference: no trends of this facet"});
  }
  const auto counted_ = counted(facet, value_to_text(facet, value), since, until, Erased::counted);
  TrendSums sums;
  sums.successes = counted_.successes;
  sums.failures = counted_.failures;
  sums.logins = set_of(counted_.logins);
  sums.remotes = set_of(counted_.remotes);
  sums.guesses = set_of(counted_.guesses);
  return sums;
}

Counted ReferenceHistory::counted(Facet facet, std::string_view text, Time since, Time until, Erased erased) const {
  Counted out;
  const auto count_all = [&](const std::vector<Event>& events) {
    for (const auto& event : events) {
      if (event.time >= since && event.time < until && shown_value(facet, event) == text) count(out, facet, event);
    }
  };
  count_all(memory_->log);
  // The trends of the login itself are gone.
  if (erased == Erased::counted && facet != Facet::login) count_all(memory_->erased);
  return out;
}

QueryResult<void> ReferenceHistory::each_event(const Filter& filter, const EachEvent& each) const {
  for (const auto* event : naive_select(memory_->log, filter)) {
    if (!each(*event)) break;
  }
  return {};
}

base::Result<std::uint64_t> ReferenceHistory::erase(std::string_view login) {
  std::vector<Event> kept;
  std::uint64_t gone = 0;
  for (auto& event : memory_->log) {
    const bool goes = !login.empty() && event.report.login == login;
    if (goes) ++gone;
    (goes ? memory_->erased : kept).push_back(std::move(event));
  }
  memory_->log = std::move(kept);
  return gone;
}

base::Result<void> ReferenceHistory::backup(const std::string& folder) {
  return base::fail("{}: the reference is in memory only", folder);
}

Status ReferenceHistory::status() const {
  Status status;
  status.reports = memory_->log.size();
  status.last_sequence = memory_->last_sequence;
  for (const auto& event : memory_->log) {
    status.oldest = std::min(status.oldest.value_or(event.time), event.time);
    status.newest = std::max(status.newest.value_or(event.time), event.time);
  }
  return status;
}

}  // namespace trackalert::history
