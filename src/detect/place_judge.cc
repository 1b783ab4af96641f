// SPDX-License-Identifier: Apache-2.0
// Travel: a success is compared with the one nearest in time from another network, before or after it (reports may come
// late), so that no speed is negative.
#include <fmt/format.h>

#include <cmath>

#include "detect/success_judge.h"
#include "geo/distance.h"

namespace trackalert::detect {
namespace {

/// Two reports of one moment are no infinite speed.
constexpr double least_seconds = 60;
constexpr double hour_seconds = 3600;

Visit visit_of(const Sighting& s, unsigned usual_days) {
  Visit visit;
  visit.time = s.now;
  visit.net = s.net;
  visit.network_kinds = s.network_kinds;
  const auto& place = s.place();
  if (s.has(Known::asn)) visit.asn = place.asn;
  if (s.has(Known::country) && place.country_code.size() == visit.country.size()) {
    std::ranges::copy(place.country_code, visit.country.begin());
  }
  visit.has_position = place.has_position && !s.levels().empty() && !is_private(s.report().remote);
  visit.latitude = static_cast<float>(place.latitude);
  visit.longitude = static_cast<float>(place.longitude);
  visit.accuracy_km = static_cast<std::uint16_t>(std::clamp(place.accuracy_km, 0.0, 20'000.0));
  visit.usual_country = s.days(Known::country) >= usual_days;
  visit.usual_place = s.days(Known::net) >= usual_days || (s.days(Known::asn) >= usual_days && visit.usual_country);
  visit.usual_device = s.usual_device(usual_age);
  // Many mail programs say nothing of themselves but their protocol.
  const auto client = s.has(Known::device) ? Known::device : Known::protocol;
  visit.own_vpn = (s.network_kinds & AsnKinds::anonymiser) != 0 && s.days(client) >= usual_days;
  return visit;
}

/// From the history: the tables had no room for it, or are young.
std::optional<Visit> recalled(const Sighting& s, Room& room) {
  const auto event = room.lookup.last_success(s.report().login, s.time);
  if (!event || !history::has_remote(event->report)) return std::nullopt;
  Visit visit;
  visit.time = static_cast<Seconds>(event->time / history::second);
  visit.net = static_cast<std::uint32_t>(room.hasher.of(history::net_of(event->report.remote)));
  visit.asn = event->place.asn;
  if (event->place.country_code.size() == visit.country.size()) {
    std::ranges::copy(event->place.country_code, visit.country.begin());
  }
  visit.has_position = event->place.has_position && !is_private(event->report.remote);
  visit.latitude = static_cast<float>(event->place.latitude);
  visit.longitude = static_cast<float>(event->place.longitude);
  visit.accuracy_km = static_cast<std::uint16_t>(std::clamp(event->place.accuracy_km, 0.0, 20'000.0));
  const auto profile = room.lookup.profile(s.report().login);
  const auto known = profile.find(history::Facet::country, event->place.country_code);
  visit.usual_country = known && known->success_days >= room.rules.usual_days;
  visit.usual_place = visit.usual_country;
  const auto device = profile.find(history::Facet::device, history::device_text(event->report.device_attrs));
  visit.usual_device = device && device->success_days > 1;
  return visit;
}

struct Journey {
  double km = 0;
  double seconds = 0;
  [[nodiscard]] double speed_kmh() const { return km / (seconds / hour_seconds); }
};

Journey journey(const Visit& a, const Visit& b) {
  const double km = geo::great_circle_km(a.latitude, a.longitude, b.latitude, b.longitude);
  const double apart = a.time > b.time ? a.time - b.time : b.time - a.time;
  return {std::max(0.0, km - a.accuracy_km - b.accuracy_km), std::max(apart, least_seconds)};
}

bool impossible(const TravelRule& rule, const Visit& there, const Visit& here) {
  if (!there.has_position || !here.has_position) return false;
  if (there.asn != 0 && there.asn == here.asn) return false;
  if (((there.network_kinds | here.network_kinds) & rule.spared) != 0) return false;
  if (there.usual_place && here.usual_place) return false;
  const auto way = journey(there, here);
  return way.seconds <= rule.window && way.km >= rule.distance_km && way.speed_kmh() > rule.speed_kmh;
}

std::string shown(const Visit& visit) {
  const auto country = country_text(visit.country);
  return fmt::format("{} {:.2f},{:.2f}", country.empty() ? "?" : country, visit.latitude, visit.longitude);
}

void judge_travel(Sighting& s, Room& room, const Visit& there, const Visit& here) {
  for (const auto& rule : room.rules.travel) {
    ++room.counts[rule.index].evaluated;
    if (!s.mature(rule.maturity) || !impossible(rule, there, here)) continue;
    s.travel_impossible = true;
    const auto way = journey(there, here);
    auto finding = finding_of(rule.rule, s);
    if (there.usual_device && here.usual_device) finding.severity = std::min(finding.severity, rule.usual_device);
    finding.since = to_time(std::min(there.time, here.time));
    finding.evidence = {
        {"distance_km", std::round(way.km), "", rule.distance_km},
        {"speed_kmh", std::round(way.speed_kmh()), "", rule.speed_kmh},
        {"from", shown(there), "", {}},
        {"to",
         shown(here),
         Lookup::usual(room.lookup.profile(s.report().login), history::Facet::country, s.place().country_code),
         {}}};
    auto names = names_of(s);
    names.emplace_back("distance_km", shown_number(std::round(way.km)));
    names.emplace_back("duration", shown_duration(way.seconds));
    names.emplace_back("from", country_text(there.country));
    room.found(rule.index, std::move(finding), names);
  }
}

void judge_countries(const Sighting& s, Room& room, std::span<const Visit> visits) {
  for (const auto& rule : room.rules.countries) {
    ++room.counts[rule.index].evaluated;
    if (!s.mature({})) continue;
    std::vector<std::string> seen;
    for (const auto& visit : visits) {
      const bool near = visit.time + std::uint64_t{rule.window} >= s.now && visit.time <= s.now + rule.window;
      auto country = country_text(visit.country);
      if (!near || visit.usual_country || visit.own_vpn || country.empty()) continue;
      if (std::ranges::find(seen, country) == seen.end()) seen.push_back(std::move(country));
    }
    if (seen.size() < rule.countries) continue;
    std::ranges::sort(seen);
    std::string text;
    for (const auto& country : seen) text += (text.empty() ? "" : ", ") + country;
    auto finding = finding_of(rule.rule, s);
    finding.evidence = {
        {"countries", static_cast<double>(seen.size()), "", static_cast<double>(rule.countries)},
        {"which", text, Lookup::usual(room.lookup.profile(s.report().login), history::Facet::country, ""), {}}};
    auto names = names_of(s);
    names.emplace_back("countries", text);
    names.emplace_back("count", std::to_string(seen.size()));
    room.found(rule.index, std::move(finding), names);
  }
}

void remember_password(Visitor& visitor, std::uint16_t password) {
  auto& known = visitor.passwords;
  if (password == 0 || known[0] == password) return;
  // What is used in turns (a password for each application) is moved to the front, not forgotten.
  auto at = std::ranges::find(known, password);
  if (at == known.end()) at = known.end() - 1;
  std::ranges::move_backward(known.begin(), at, at + 1);
  known[0] = password;
}

}  // namespace

void judge_places(Sighting& s, Room& room) {
  auto held = room.tables.places.find(s.login_key);
  const bool unknown = !held;
  if (unknown) held = room.tables.places.find_or_add(s.login_key, s.now);
  held.header->last = std::max(held.header->last, s.now);
  remember_password(*held.header, s.password);
  if (s.levels().empty()) return;
  const auto same = std::ranges::find(held.records, s.net, &Visit::net);
  if (same != held.records.end() && held.records.size() == 1) {  // the usual case: at the usual place
    if (s.now >= same->time) *same = visit_of(s, room.rules.usual_days);
    return;
  }
  const auto here = visit_of(s, room.rules.usual_days);
  std::optional<Visit> nearest;
  const auto apart = [&](const Visit& visit) { return visit.time > s.now ? visit.time - s.now : s.now - visit.time; };
  for (const auto& visit : held.records) {
    if (visit.net != s.net && (!nearest || apart(visit) < apart(*nearest))) nearest = visit;
  }
  const bool stranger_here = s.has(Known::country) && !s.ever(Known::country);
  if (unknown && stranger_here && s.arrival().before.last_success != 0 && !room.rules.travel.empty())
    nearest = recalled(s, room);
  if (same != held.records.end()) {
    if (s.now >= same->time) *same = here;
  } else {
    room.tables.places.add_record(s.login_key, s.now, held) = here;
    if (unknown && nearest && nearest->net != here.net)
      room.tables.places.add_record(s.login_key, s.now, held) = *nearest;
  }
  if (nearest) judge_travel(s, room, *nearest, here);
  if (held.records.size() > 1) judge_countries(s, room, held.records);
}

}  // namespace trackalert::detect
