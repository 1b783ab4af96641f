// SPDX-License-Identifier: Apache-2.0
#include "detect/source_judge.h"

#include <fmt/format.h>

#include <cmath>

namespace trackalert::detect {
namespace {

constexpr Seconds tell_again_after = 600;
constexpr Seconds wide_memory = seconds_per_day;
constexpr Seconds slow_look_after = 3600;
constexpr std::size_t most_names = Finding::max_names;

std::uint16_t short_hash(std::uint32_t hash) {
  return static_cast<std::uint16_t>(hash >> 16);
}

/// The login's record in an entry that is there, made if need be.
Tried& tried_of(const Sighting& s, Room& room, const Level& level, SourceTable::View& held, bool& added) {
  const auto at = std::ranges::find(held.records, s.login, &Tried::login);
  added = at == held.records.end();
  if (!added) return *at;
  Tried lost;
  auto& tried = room.tables.sources.add_record(level.key, s.now, held, &lost);
  if (lost.known || lost.entered)
    held.header->crowd = static_cast<std::uint16_t>(std::min(held.header->crowd + 1, 0xffff));
  tried.login = s.login;
  tried.known = s.net_known();
  return tried;
}

/// Whether it is a password that this source had not tried at the login; it is remembered.
bool count_password(Tried& tried, const Sighting& s) {
  if (tried.time + std::uint64_t{wide_memory} < s.now) tried.guesses = 0;
  tried.time = std::max(tried.time, s.now);
  if (s.password != 0) {
    if (std::ranges::find(tried.passwords, s.password) != tried.passwords.end()) return false;
    tried.passwords[1] = std::exchange(tried.passwords[0], s.password);
  }
  if (tried.guesses < UINT8_MAX) ++tried.guesses;
  return true;
}

struct Width {
  std::size_t all = 0;        ///< logins of a day
  std::size_t strangers = 0;  ///< that never succeeded
  std::size_t guessed = 0;    ///< in the window
  std::size_t narrow = 0;
  std::size_t guesses = 0;
  std::size_t remotes = 0;  ///< two for two or more
  Seconds first = 0;
};

Width width_of(const WideSourceRule& rule, const Source& source, std::span<const Tried> records, Seconds now) {
  Width out;
  out.all = source.crowd;
  std::optional<std::uint16_t> remote;
  for (const auto& tried : records) {
    if (tried.login == 0 || tried.time + std::uint64_t{wide_memory} < now) continue;
    ++out.all;
    if (tried.known || tried.entered) continue;
    ++out.strangers;
    if (tried.guesses == 0 || tried.time + std::uint64_t{rule.window} < now) continue;
    ++out.guessed;
    out.guesses += tried.guesses;
    if (tried.guesses <= rule.guesses_per_login) ++out.narrow;
    out.first = out.first == 0 ? tried.time : std::min(out.first, tried.time);
    if (!remote) remote = tried.remote;
    out.remotes = std::max<std::size_t>(out.remotes, *remote == tried.remote ? 1 : 2);
  }
  return out;
}

bool is_wide(const WideSourceRule& rule, const Width& width, bool is_address) {
  const auto share = [](std::size_t part, double wanted, std::size_t whole) {
    return static_cast<double>(part) >= wanted * static_cast<double>(whole);
  };
  return width.guessed >= rule.logins && width.guesses >= rule.guesses && (is_address || width.remotes > 1) &&
         share(width.narrow, rule.narrow_share, width.guessed) &&
         share(width.strangers, rule.stranger_share, width.all);
}

void mark(Room& room, const Sighting& s, Source& source, std::size_t rule) {
  source.marked_until = std::max(source.marked_until, s.now + marked_for);
  source.fired = static_cast<std::uint16_t>(rule + 1);
  source.told = s.now;
  if (auto* stranger = room.tables.strangers.find(s.source().key)) stranger->marked_until = source.marked_until;
}

/// What the address at the front did is explained: the networks around it are judged without it.
void forget_in_wider(const Sighting& s, Room& room, std::size_t marked) {
  const auto levels = s.levels();
  for (std::size_t i = marked + 1; i < levels.size(); ++i) {
    const auto held = room.tables.sources.find(levels[i].key);
    if (!held) continue;
    for (auto& tried : held.records) {
      if (marked > 0 || tried.remote == short_hash(s.remote)) tried = Tried{};
    }
  }
}

/// Logins that the source entered before it was known for what it is.
std::vector<Entry> take_entered(Room& room, const Level& level, SourceTable::View& held, const Sighting& s) {
  std::vector<Entry> out;
  const bool any = std::ranges::any_of(held.records, [](const Tried& tried) { return tried.entered && !tried.named; });
  if (!any) return out;
  for (const auto& event : room.lookup.successes_from(level.prefix, s.time - history::day, s.time + 1)) {
    const auto login = static_cast<std::uint32_t>(room.hasher(event.report.login));
    const auto at = std::ranges::find(held.records, login, &Tried::login);
    if (at == held.records.end() || !at->entered || at->named) continue;
    at->named = true;
    out.push_back({event.report.login, event.report.remote, event.time, at->guesses});
  }
  return out;
}

void found_wide(const WideSourceRule& rule, const Sighting& s, Room& room, const Level& level, SourceTable::View& held,
                const Width& width) {
  auto finding = finding_of(rule.rule, s);
  finding.key = source_key(level.prefix);
  finding.since = to_time(width.first);
  finding.logins = room.lookup.logins_tried_from(level.prefix, finding.since, s.time + 1, most_names);
  finding.logins_total = width.guessed;
  mark(room, s, *held.header, rule.index);
  const auto entered = take_entered(room, level, held, s);
  for (const auto& entry : entered) finding.taken.push_back(entry.login);
  const double share = width.all == 0 ? 1 : static_cast<double>(width.strangers) / static_cast<double>(width.all);
  finding.evidence = {
      {"logins", static_cast<double>(width.guessed), "", static_cast<double>(rule.logins)},
      {"guesses", static_cast<double>(width.guesses), "", static_cast<double>(rule.guesses)},
      {"narrow_share", static_cast<double>(width.narrow) / static_cast<double>(width.guessed), "", rule.narrow_share},
      {"stranger_share", share, "", rule.stranger_share},
      {"window_minutes", rule.window / 60.0, "", {}}};
  auto names = names_of(s);
  names.emplace_back("source", source_text(level.prefix));
  names.emplace_back("logins", std::to_string(width.guessed));
  names.emplace_back("guesses", std::to_string(width.guesses));
  names.emplace_back("window", shown_duration(rule.window));
  const auto key = finding.key;
  room.found(rule.index, std::move(finding), names);
  for (const auto& entry : entered) report_taken(room, entry, key, s.time);
}

/// An alert that names the source goes on.
void tell_again(const Sighting& s, Room& room, const Level& level, Source& source, bool new_login) {
  source.marked_until = std::max(source.marked_until, s.now + marked_for);
  if (!new_login && source.told + std::uint64_t{tell_again_after} > s.now) return;
  source.told = s.now;
  if (source.fired == 0 || source.fired > room.rules.all().size()) return;
  room.out.push_back(news_of(room.rules.all()[source.fired - 1], s, source_key(level.prefix)));
}

/// One address, guessing on many days: counted among strangers, made sure of by its trend.
void judge_slowly(const Sighting& s, Room& room, Source& source) {
  auto* stranger = room.tables.strangers.find(s.source().key);
  if (room.rules.slow_wide.empty() || stranger == nullptr) return;
  if (stranger->campaign != 0 && stranger->marked_until > s.now) return;  // explained by that
  for (const auto& rule : room.rules.slow_wide) {
    ++room.counts[rule.index].evaluated;
    unsigned days = 0;
    const auto guesses = stranger->guesses_in(s.now, 0, rule.long_days, &days);
    if (days < rule.days || guesses < std::max(rule.logins, rule.guesses)) continue;
    if (stranger->slow_judged + std::uint64_t{slow_look_after} > s.now) return;
    stranger->slow_judged = s.now;
    const auto since = s.time - (rule.long_days - 1) * history::day;
    const auto logins = room.lookup.logins_from(s.source().prefix, since, s.time + 1);
    const double share = logins == 0 ? 0 : 1 - std::min(1.0, stranger->successes / static_cast<double>(logins));
    if (logins < rule.logins || share < rule.stranger_share) continue;
    auto finding = finding_of(rule.rule, s);
    finding.key = source_key(s.source().prefix);
    finding.since = since;
    finding.logins = room.lookup.logins_tried_from(s.source().prefix, since, s.time + 1, most_names);
    finding.logins_total = logins;
    finding.evidence = {{"logins", static_cast<double>(logins), "", static_cast<double>(rule.logins)},
                        {"days", static_cast<double>(days), "", static_cast<double>(rule.days)},
                        {"stranger_share", share, "", rule.stranger_share},
                        {"window_days", static_cast<double>(rule.long_days), "", {}}};
    mark(room, s, source, rule.index);
    auto names = names_of(s);
    names.emplace_back("source", source_text(s.source().prefix));
    names.emplace_back("logins", std::to_string(logins));
    names.emplace_back("days", std::to_string(days));
    room.found(rule.index, std::move(finding), names);
    return;
  }
}

/// Judges one level; true: the source is marked, by now or by then.
bool judge_level(const Sighting& s, Room& room, const Level& level, bool fresh, bool& was_marked) {
  auto held = room.tables.sources.find_or_add(level.key, s.now);
  if (held.header->first == 0) held.header->first = s.now;
  held.header->last = std::max(held.header->last, s.now);
  bool added = false;
  auto& tried = tried_of(s, room, level, held, added);
  tried.remote = short_hash(s.remote);
  auto& source = *held.header;
  const bool counted = fresh && count_password(tried, s);
  const bool marked = source.marked_until > s.now;
  was_marked = was_marked || marked;
  if (!marked) source.fired_wide = 0;
  if (!counted || tried.known) return marked;
  if (marked) tell_again(s, room, level, source, added);
  if (tried.guesses == 1 && source.strangers < UINT16_MAX) ++source.strangers;
  if (source.strangers < room.rules.least_wide_logins) return marked;
  bool found = false;
  for (std::size_t i = 0; i < room.rules.wide.size(); ++i) {
    const auto& rule = room.rules.wide[i];
    const auto bit = static_cast<std::uint16_t>(1U << (i % 16));
    if ((source.fired_wide & bit) != 0) continue;  // told already
    ++room.counts[rule.index].evaluated;
    const auto width = width_of(rule, source, held.records, s.now);
    if (!is_wide(rule, width, level.is_address())) continue;
    source.fired_wide |= bit;
    found_wide(rule, s, room, level, held, width);
    found = true;
  }
  return marked || found;
}

}  // namespace

void report_taken(Room& room, const Entry& entry, const std::string& because_of, history::Time now) {
  const auto remote = entry.remote.to_string();
  for (const auto& rule : room.rules.after_alert) {
    Finding finding;
    finding.rule = rule.rule;
    finding.severity = rule.rule->severity;
    finding.time = now;
    finding.since = entry.time;
    finding.key = login_key(entry.login);
    finding.logins = {entry.login};
    finding.taken = {entry.login};
    finding.sources = {remote};
    finding.because_of = because_of;
    finding.evidence = {{"success_from",
                         remote,
                         Lookup::usual(room.lookup.profile(entry.login), history::Facet::net,
                                       history::net_of(entry.remote).to_string()),
                         {}},
                        {"guesses_from_there", static_cast<double>(entry.guesses), "", {}},
                        {"because_of", because_of, "", {}}};
    const NameList names{{"login", entry.login},
                         {"remote", remote},
                         {"guesses", std::to_string(entry.guesses)},
                         {"because_of", because_of}};
    room.found(rule.index, std::move(finding), names);
  }
}

void add_standings_of_source(const base::Prefix& source, Seconds now, Room& room, Standings& out) {
  const auto hash = room.hasher.of(source);
  if (const auto held = room.tables.sources.find(hash)) {
    for (const auto& rule : room.rules.wide) {
      const auto width = width_of(rule, *held.header, held.records, now);
      const double share = width.all == 0 ? 0 : static_cast<double>(width.strangers) / static_cast<double>(width.all);
      out.push_back({rule.rule->name,
                     source_key(source),
                     {{"logins", static_cast<double>(width.guessed), static_cast<double>(rule.logins)},
                      {"guesses", static_cast<double>(width.guesses), static_cast<double>(rule.guesses)},
                      {"stranger_share", share, rule.stranger_share}}});
    }
  }
  const auto own = source_of(source.address);
  const auto* stranger = source.length < own.length ? nullptr : room.tables.strangers.find(room.hasher.of(own));
  if (stranger == nullptr) return;
  for (const auto& rule : room.rules.slow_wide) {
    unsigned days = 0;
    const auto guesses = stranger->guesses_in(now, 0, rule.long_days, &days);
    out.push_back({rule.rule->name,
                   source_key(source),
                   {{"guesses", static_cast<double>(guesses), static_cast<double>(std::max(rule.logins, rule.guesses))},
                    {"days", static_cast<double>(days), static_cast<double>(rule.days)}}});
  }
}

bool looks_foreign(const Sighting& s, unsigned guesses_from_there, bool if_immature) {
  if (s.net_known()) return false;
  if (!s.mature({})) return if_immature;
  // Honest people share exits with attackers, who guess before they enter.
  const bool shared = (s.network_kinds & (AsnKinds::anonymiser | AsnKinds::mobile)) != 0;
  if (shared && s.usual_device(usual_age) && guesses_from_there == 0) return false;
  if (s.new_device(usual_age) || s.new_network(usual_age)) return true;
  return guesses_from_there > 0 && !s.has(Known::device) && !s.has(Known::asn);
}

bool judge_sources(const Sighting& s, Room& room, bool fresh, std::span<const std::size_t> fired) {
  bool was_marked = false;
  const auto levels = s.levels();
  for (std::size_t i = 0; i < levels.size(); ++i) {
    bool marked = judge_level(s, room, levels[i], fresh, was_marked);
    if (i == 0 && fresh) {
      auto held = room.tables.sources.find(levels[0].key);
      if (!marked && !fired.empty()) {
        mark(room, s, *held.header, fired.front());
        marked = true;
      } else if (!marked && !s.net_known()) {
        judge_slowly(s, room, *held.header);
        marked = held.header->marked_until > s.now;
      }
    }
    if (!marked) continue;
    if (!was_marked) forget_in_wider(s, room, i);
    break;
  }
  return was_marked;
}

void judge_entry(Sighting& s, Room& room) {
  for (const auto& level : s.levels()) {
    auto held = room.tables.sources.find(level.key);
    const bool suspicious = !s.net_known() && s.new_device(usual_age) && s.new_network(usual_age);
    if (!held && level.is_address() && suspicious) {
      held = room.tables.sources.find_or_add(level.key, s.now);
      held.header->first = s.now;
    }
    if (!held) continue;
    held.header->last = std::max(held.header->last, s.now);
    bool added = false;
    auto& tried = tried_of(s, room, level, held, added);
    tried.time = std::max(tried.time, s.now);
    if (tried.known || tried.entered) continue;
    if (!looks_foreign(s, tried.guesses, true)) {
      tried.known = true;
      continue;
    }
    tried.entered = true;
    if (level.is_address()) {
      s.entered_from_here = static_cast<unsigned>(std::ranges::count(held.records, true, &Tried::entered));
    }
    auto& source = *held.header;
    if (source.marked_until <= s.now) continue;
    tried.named = true;
    if (source.fired > 0 && source.fired <= room.rules.all().size()) {
      auto finding = news_of(room.rules.all()[source.fired - 1], s, source_key(level.prefix));
      finding.taken = {s.report().login};
      room.out.push_back(std::move(finding));
    }
    report_taken(room, {s.report().login, s.report().remote, s.time, tried.guesses}, source_key(level.prefix), s.time);
    return;
  }
}

}  // namespace trackalert::detect
