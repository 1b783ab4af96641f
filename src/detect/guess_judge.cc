// SPDX-License-Identifier: Apache-2.0
#include "detect/guess_judge.h"

#include <fmt/format.h>

#include <set>

namespace trackalert::detect {
namespace {

/// Guesses no older than this before a success are "just before" it.
constexpr Seconds just_before = 3600;
constexpr Seconds look_again_after = 6 * 3600;
constexpr Seconds ask_again_after = 60;

struct Counted {
  std::size_t guesses = 0;
  std::size_t nets = 0;
  Seconds first = 0;
};

template <class Takes>
Counted count(std::span<const Guess> guesses, Seconds now, Seconds window, Takes takes) {
  Counted out;
  std::array<std::uint32_t, most_guesses_of_login> nets;
  for (const auto& guess : guesses) {
    if (guess.time + std::uint64_t{window} < now || guess.time > now + window || !takes(guess)) continue;
    ++out.guesses;
    out.first = out.first == 0 ? guess.time : std::min(out.first, guess.time);
    const auto end = nets.begin() + static_cast<std::ptrdiff_t>(out.nets);
    if (std::find(nets.begin(), end, guess.net) == end) nets[out.nets++] = guess.net;
  }
  return out;
}

void retired_password(const Sighting& s, Room& room) {
  // One's own device that roams with the password of yesterday has leaked nothing.
  if (s.net_known() || !s.new_network(usual_age) || s.usual_device(usual_age)) return;
  for (const auto& rule : room.rules.retired) {
    ++room.counts[rule.index].evaluated;
    auto finding = finding_of(rule.rule, s);
    finding.evidence = {{"password", "one that succeeded before it was replaced", "", {}},
                        {"network",
                         names_of(s)[4].second,
                         Lookup::usual(room.lookup.profile(s.report().login), history::Facet::asn, ""),
                         {}}};
    room.found(rule.index, std::move(finding), names_of(s));
  }
}

void of_one_source(const ThresholdRule& rule, const Sighting& s, Room& room, std::span<const Guess> guesses,
                   std::vector<std::size_t>& fired) {
  const auto counted = count(guesses, s.now, rule.window, [&](const Guess& guess) { return guess.source == s.remote; });
  if (counted.guesses < rule.guesses || s.levels().empty()) return;
  auto finding = finding_of(rule.rule, s);
  finding.key = source_key(s.levels().front().prefix);
  finding.since = to_time(counted.first);
  finding.evidence = {{"guesses", static_cast<double>(counted.guesses), "", static_cast<double>(rule.guesses)},
                      {"window_minutes", rule.window / 60.0, "", {}}};
  auto names = names_of(s);
  names.emplace_back("guesses", std::to_string(counted.guesses));
  names.emplace_back("window", shown_duration(rule.window));
  fired.push_back(rule.index);
  room.found(rule.index, std::move(finding), names);
}

/// Who guesses at the login, as the history has it. That reads all its reports of the window, so under a flood only
/// once in a while: findings in between name their own source alone, and the alert has them all together.
Lookup::Texts who_guesses(std::size_t rule, const Sighting& s, Room& room, history::Time since) {
  const auto key = s.login_key + (rule + 1) * std::uint64_t{0x9E3779B97F4A7C15};  // apart for each rule
  auto* asked = room.tables.asked.find(key);
  if (asked == nullptr) {
    asked = &room.tables.asked.add(key, s.now);
  } else if (asked->last <= s.now && s.now < asked->last + ask_again_after) {
    return {s.report().remote.to_string()};
  }
  asked->last = s.now;
  return room.lookup.sources_trying(s.report().login, since, s.time + 1);
}

void of_login(const ThresholdRule& rule, const Sighting& s, Room& room, std::span<const Guess> guesses) {
  const auto counted = count(guesses, s.now, rule.window, [](const Guess& guess) { return guess.stranger; });
  if (counted.guesses < rule.guesses || counted.nets < rule.nets) return;
  auto finding = finding_of(rule.rule, s);
  finding.since = to_time(counted.first);
  finding.sources = who_guesses(rule.index, s, room, finding.since);
  finding.evidence = {{"guesses", static_cast<double>(counted.guesses), "", static_cast<double>(rule.guesses)},
                      {"nets", static_cast<double>(counted.nets), "", static_cast<double>(rule.nets)},
                      {"window_minutes", rule.window / 60.0, "", {}}};
  auto names = names_of(s);
  names.emplace_back("guesses", std::to_string(counted.guesses));
  names.emplace_back("nets", std::to_string(counted.nets));
  names.emplace_back("window", shown_duration(rule.window));
  room.found(rule.index, std::move(finding), names);
}

/// Whether an alert about sources names the address, and it guesses at many: then this login is one of those told
/// there.
bool explained(const base::Address& remote, const Sighting& s, Room& room) {
  const auto* stranger = room.tables.strangers.find(room.hasher.of(source_of(remote)));
  return stranger != nullptr && stranger->marked_until > s.now && stranger->logins_used > 1;
}

/// What the history says of a long window: exact, up to what one look-up reads.
struct LongCount {
  std::set<std::string> guesses;
  std::set<std::string> sources;
  std::set<Seconds> days;
};

LongCount count_long(const ThresholdRule& rule, const Sighting& s, Room& room) {
  const auto& login = s.report().login;
  const auto profile = room.lookup.profile(login);
  LongCount out;
  for (const auto& event : room.lookup.failures_of(login, s.time - rule.long_days * history::day, s.time + 1)) {
    if (!history::is_guess(event.report) || !history::has_remote(event.report)) continue;
    const auto net = history::value_from_text(history::Facet::net, history::net_of(event.report.remote).to_string());
    const auto usage = net ? profile.find(history::Facet::net, *net) : std::nullopt;
    if (usage && usage->successes > 0) continue;
    if (explained(event.report.remote, s, room)) continue;
    const auto& pwhash = event.report.pwhash;
    out.guesses.insert(pwhash.empty() ? std::to_string(event.sequence) : pwhash + "\n");
    out.sources.insert(event.report.remote.to_string());
    out.days.insert(static_cast<Seconds>(event.time / history::day));
  }
  return out;
}

void of_login_slowly(const ThresholdRule& rule, const Sighting& s, Room& room, GuessedLogin& login) {
  if (login.guesses < rule.guesses || login.stranger_days.count(s.now, rule.long_days) < rule.days) return;
  if (login.slow_judged + std::uint64_t{look_again_after} > s.now) return;
  login.slow_judged = s.now;
  const auto counted = count_long(rule, s, room);
  if (counted.guesses.size() < rule.guesses || counted.days.size() < rule.days) return;
  auto finding = finding_of(rule.rule, s);
  finding.since = s.time - rule.long_days * history::day;
  finding.sources_total = counted.sources.size();
  finding.sources.assign(counted.sources.begin(), counted.sources.end());
  if (finding.sources.size() > Finding::max_names) finding.sources.resize(Finding::max_names);
  finding.evidence = {{"guesses", static_cast<double>(counted.guesses.size()), "", static_cast<double>(rule.guesses)},
                      {"days", static_cast<double>(counted.days.size()), "", static_cast<double>(rule.days)},
                      {"window_days", static_cast<double>(rule.long_days), "", {}}};
  auto names = names_of(s);
  names.emplace_back("guesses", std::to_string(counted.guesses.size()));
  names.emplace_back("days", std::to_string(counted.days.size()));
  names.emplace_back("sources", std::to_string(counted.sources.size()));
  room.found(rule.index, std::move(finding), names);
}

std::size_t most_of_one_source(std::span<const Guess> guesses, Seconds now, Seconds window) {
  std::size_t most = 0;
  for (const auto& of : guesses) {
    most = std::max(most,
                    count(guesses, now, window, [&](const Guess& guess) { return guess.source == of.source; }).guesses);
  }
  return most;
}

Standing standing_of(const ThresholdRule& rule, const std::string& key, Seconds now, const LoginTable::View& held) {
  Standing out{.rule = rule.rule->name, .key = key, .counts = {}};
  const auto add = [&out](const char* name, std::size_t seen, std::size_t threshold) {
    if (threshold > 0) out.counts.push_back({name, static_cast<double>(seen), static_cast<double>(threshold)});
  };
  if (rule.long_days > 0) {
    add("guesses", held.header->guesses, rule.guesses);
    add("days", held.header->stranger_days.count(now, rule.long_days), rule.days);
  } else if (rule.of_source) {
    add("guesses", most_of_one_source(held.records, now, rule.window), rule.guesses);
  } else {
    const auto counted = count(held.records, now, rule.window, [](const Guess& guess) { return guess.stranger; });
    add("guesses", counted.guesses, rule.guesses);
    add("nets", counted.nets, rule.nets);
  }
  return out;
}

bool tried_before(std::span<const Guess> guesses, std::uint16_t password) {
  return password != 0 && std::ranges::find(guesses, password, &Guess::password) != guesses.end();
}

}  // namespace

TriedPassword judge_guess(const Sighting& s, Room& room, std::vector<std::size_t>& fired) {
  if (const auto known = room.tables.places.find(s.login_key); known && s.password != 0) {
    const auto& passwords = known.header->passwords;
    if (passwords[0] == s.password) return TriedPassword::stale;
    if (std::ranges::find(passwords, s.password) != passwords.end()) {
      retired_password(s, room);
      return TriedPassword::retired;
    }
  }
  auto held = room.tables.logins.find(s.login_key);
  if (!held) {
    held = room.tables.logins.find_or_add(s.login_key, s.now);
    held.header->invented = s.arrival().novelty.new_login;
  } else if (tried_before(held.records, s.password)) {
    held.header->last = std::max(held.header->last, s.now);
    return TriedPassword::stale;
  }
  auto& guess = room.tables.logins.add_record(s.login_key, s.now, held);
  guess = {s.now, s.remote, s.net, s.password, !s.net_known()};
  auto& login = *held.header;
  login.last = std::max(login.last, s.now);
  login.guesses = static_cast<std::uint16_t>(std::min(login.guesses + 1, 0xffff));
  if (guess.stranger) login.stranger_days.set(s.now);

  for (const auto& rule : room.rules.thresholds) {
    ++room.counts[rule.index].evaluated;
    if (rule.long_days > 0)
      of_login_slowly(rule, s, room, login);
    else if (held.records.size() < rule.guesses)
      continue;
    else if (rule.of_source)
      of_one_source(rule, s, room, held.records, fired);
    else
      of_login(rule, s, room, held.records);
  }
  return TriedPassword::fresh;
}

void add_standings_of_login(std::string_view login, Seconds now, Room& room, Standings& out) {
  const auto held = room.tables.logins.find(room.hasher(login));
  if (!held) return;
  const auto key = login_key(login);
  for (const auto& rule : room.rules.thresholds) out.push_back(standing_of(rule, key, now, held));
  for (const auto& rule : room.rules.after_guesses) {
    const auto counted = count(held.records, now, rule.window, [](const Guess& guess) { return guess.stranger; });
    out.push_back(
        {rule.rule->name, key, {{"guesses", static_cast<double>(counted.guesses), static_cast<double>(rule.guesses)}}});
  }
}

void judge_after_guesses(Sighting& s, Room& room) {
  const auto held = room.tables.logins.find(s.login_key);
  if (!held) return;
  const auto by_strangers = [](const Guess& guess) { return guess.stranger; };
  s.guesses_before = static_cast<unsigned>(count(held.records, s.now, just_before, by_strangers).guesses);
  if (s.net_known() || s.levels().empty()) return;
  for (const auto& rule : room.rules.after_guesses) {
    ++room.counts[rule.index].evaluated;
    const auto counted = count(held.records, s.now, rule.window, by_strangers);
    if (counted.guesses < rule.guesses) continue;
    // Somebody in a new place who has forgotten the password, on the usual device: no more than that one net guessed.
    const auto here =
        count(held.records, s.now, rule.window, [&](const Guess& g) { return g.stranger && g.net == s.net; });
    if (s.usual_device(usual_age) && here.guesses == counted.guesses) continue;
    auto finding = finding_of(rule.rule, s);
    finding.since = to_time(counted.first);
    finding.taken = {s.report().login};
    for (auto& source : who_guesses(rule.index, s, room, finding.since)) {
      if (source != finding.sources.front()) finding.sources.push_back(std::move(source));
    }
    finding.evidence = {{"guesses", static_cast<double>(counted.guesses), "", static_cast<double>(rule.guesses)},
                        {"nets", static_cast<double>(counted.nets), "", {}},
                        {"success_from",
                         finding.sources.front(),
                         Lookup::usual(room.lookup.profile(s.report().login), history::Facet::net,
                                       history::net_of(s.report().remote).to_string()),
                         {}}};
    auto names = names_of(s);
    names.emplace_back("guesses", std::to_string(counted.guesses));
    names.emplace_back("nets", std::to_string(counted.nets));
    names.emplace_back("window", shown_duration(rule.window));
    room.found(rule.index, std::move(finding), names);
  }
}

}  // namespace trackalert::detect
