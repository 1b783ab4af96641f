// SPDX-License-Identifier: Apache-2.0
#include "detect/engine.h"

#include <algorithm>

#include "detect/campaign_judge.h"
#include "detect/guess_judge.h"
#include "detect/source_judge.h"
#include "detect/success_judge.h"

namespace trackalert::detect {
namespace {

/// One part of so many of the memory is for what is usual for everybody.
constexpr std::size_t risk_share = 16;

Seconds seconds_of(history::Time time) {
  return static_cast<Seconds>(std::clamp<history::Time>(time / history::second, 0, UINT32_MAX));
}

}  // namespace

struct Engine::Parts {
  Parts(const history::History& of, std::span<const Rule> with, AsnKinds asn_kinds, const Options& options)
      : history(of),
        rules(with),
        kinds(std::move(asn_kinds)),
        hasher(options.hash_seed),
        tables(options.memory_bytes - options.memory_bytes / risk_share),
        risks(options.memory_bytes / risk_share),
        lookup(of),
        counts(with.size()) {}

  [[nodiscard]] Room room(Findings& out) { return {rules, tables, lookup, hasher, counts, out}; }

  void guess(Sighting& s, Room& room) {
    fired.clear();
    const auto tried = judge_guess(s, room, fired);
    if (tried == TriedPassword::retired) return;
    // One's own device, or one's own place, with the password of yesterday. Anybody else may try what another has.
    const bool own = s.net_known() || s.usual_device(usual_age);
    if (tried == TriedPassword::stale && own) return;
    campaigns.note_guess(s, tables, hasher);
    campaigns.tell_again(s, room);
    judge_sources(s, room, true, fired);
  }

  [[nodiscard]] bool alerted(const Sighting& s) {
    return std::ranges::any_of(s.levels(), [&](const Level& level) {
      const auto held = tables.sources.find(level.key);
      return held && held.header->marked_until > s.now;
    });
  }

  void success(Sighting& s, Room& room, Risk* risk) {
    judge_after_guesses(s, room);
    if (risk != nullptr) *risk = risks.judge(s, hasher, alerted(s));
    risks.count(s, hasher);
    judge_places(s, room);
    judge_entry(s, room);
    campaigns.note_success(s, room);
    judge_novelty(s, room);
  }

  const history::History& history;
  Ruleset rules;
  AsnKinds kinds;
  const Hasher hasher;
  Tables tables;
  RiskModel risks;
  Lookup lookup;
  CampaignJudge campaigns;
  std::vector<RuleCount> counts;
  std::vector<std::size_t> fired;
  std::uint64_t judged = 0;
};

Engine::Engine(const history::History& history, std::span<const Rule> rules, AsnKinds kinds, const Options& options)
    : parts_(std::make_unique<Parts>(history, rules, std::move(kinds), options)) {}

Engine::~Engine() = default;

void Engine::judge(const history::Arrival& arrival, std::vector<Finding>& out, Risk* risk) {
  auto& parts = *parts_;
  ++parts.judged;
  if (arrival.report->login.empty()) return;
  const bool success = arrival.report->success;
  const bool judged = success || history::is_guess(*arrival.report);
  if (!judged && risk == nullptr) return;
  Sighting sighting(arrival, parts.hasher, parts.kinds);
  auto room = parts.room(out);
  if (success) return parts.success(sighting, room, risk);
  if (risk != nullptr) *risk = parts.risks.judge(sighting, parts.hasher, parts.alerted(sighting));
  if (judged) parts.guess(sighting, room);
}

void Engine::sweep(history::Time now, std::vector<Finding>& out) {
  auto room = parts_->room(out);
  parts_->campaigns.sweep(room, seconds_of(now));
}

void Engine::remember(const history::Event& event) {
  if (!event.report.login.empty()) parts_->campaigns.remember(event, parts_->tables, parts_->hasher);
}

void Engine::accept_place(std::string_view login, const base::Prefix& net) {
  auto& parts = *parts_;
  const auto held = parts.tables.places.find(parts.hasher(login));
  if (!held) return;
  const auto hash = static_cast<std::uint32_t>(parts.hasher.of(net));
  for (auto& visit : held.records) {
    if (visit.net == hash) visit.usual_place = visit.usual_country = visit.usual_device = true;
  }
}

Standings Engine::standings_of_login(std::string_view login, history::Time now) const {
  Findings none;
  auto room = parts_->room(none);
  Standings out;
  add_standings_of_login(login, seconds_of(now), room, out);
  return out;
}

Standings Engine::standings_of_source(const base::Prefix& source, history::Time now) const {
  Findings none;
  auto room = parts_->room(none);
  Standings out;
  add_standings_of_source(source, seconds_of(now), room, out);
  return out;
}

void Engine::use(std::span<const Rule> rules, AsnKinds kinds) {
  parts_->rules = Ruleset(rules, parts_->rules.all());
  parts_->kinds = std::move(kinds);
  parts_->counts.resize(parts_->rules.all().size());
}

std::uint64_t Engine::evictions() const {
  const auto& tables = parts_->tables;
  return tables.logins.evictions() + tables.sources.evictions() + tables.places.evictions() +
         tables.strangers.evictions();
}

Engine::RuleCounts Engine::counts_of(std::string_view rule) const {
  const auto& all = parts_->rules.all();
  const auto at = std::ranges::find(all, rule, [](const RulePtr& known) -> std::string_view { return known->name; });
  if (at == all.end()) return {.rule = std::string(rule)};
  const auto& count = parts_->counts[static_cast<std::size_t>(at - all.begin())];
  return {std::string(rule), count.evaluated, count.found};
}

Engine::Counts Engine::counts() const {
  const auto& parts = *parts_;
  Counts out{.rules = {},
             .judged = parts.judged,
             .lookups = parts.lookup.asked(),
             .lookups_failed = parts.lookup.failed(),
             .logins_evicted = parts.tables.logins.evictions(),
             .sources_evicted = parts.tables.sources.evictions(),
             .places_evicted = parts.tables.places.evictions(),
             .strangers_evicted = parts.tables.strangers.evictions()};
  for (std::size_t i = 0; i < parts.counts.size(); ++i) {
    out.rules.push_back({parts.rules.all()[i]->name, parts.counts[i].evaluated, parts.counts[i].found});
  }
  return out;
}

}  // namespace trackalert::detect
