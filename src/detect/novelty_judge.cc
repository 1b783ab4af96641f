// SPDX-License-Identifier: Apache-2.0
// One sign is a note, two are an alarm.
#include "detect/success_judge.h"

namespace trackalert::detect {
namespace {

/// With fewer days of successes any hour is unusual.
constexpr unsigned days_to_know_hours = 28;
/// A mistake or two are anybody's.
constexpr unsigned several_guesses = 3;
constexpr Seconds long_silence = 90 * seconds_per_day;

std::uint8_t new_things(const Sighting& s, Seconds age) {
  return static_cast<std::uint8_t>((s.new_country(age) ? NoveltyRule::country : 0) |
                                   (s.new_network(age) ? NoveltyRule::network : 0) |
                                   (s.new_device(age) ? NoveltyRule::device : 0));
}

/// Usual, or not known at all.
bool is_usual(const Sighting& s, std::uint8_t things, Seconds age) {
  if ((things & NoveltyRule::device) != 0 && !s.new_device(age)) return true;
  if ((things & NoveltyRule::country) != 0 && !s.new_country(age)) return true;
  return (things & NoveltyRule::network) != 0 && !s.new_network(age);
}

std::string signs_of(const Sighting& s) {
  std::string out;
  const auto add = [&out](bool there, const char* sign) {
    if (there) out += (out.empty() ? "" : ", ") + std::string(sign);
  };
  add((s.network_kinds & AsnKinds::anonymiser) != 0, "anonymiser network");
  add((s.network_kinds & AsnKinds::hosting) != 0, "hosting network");
  add(s.guesses_before >= several_guesses, "guesses just before");
  add(s.travel_impossible, "impossible travel");
  add(s.has(Known::hour) && !s.ever(Known::hour) && s.arrival().before.success_days >= days_to_know_hours,
      "unusual hour");
  add(s.entered_from_here > 1, "several logins entered from there");
  add(s.dormant() >= long_silence, "dormant account");
  return out;
}

bool matches(const NoveltyRule& rule, const Sighting& s) {
  // Most reports have nothing new: that is asked first.
  const auto fresh = new_things(s, rule.max_age);
  if ((fresh & rule.new_all) != rule.new_all) return false;
  if (rule.new_any != 0 && (fresh & rule.new_any) == 0) return false;
  if ((fresh & rule.not_new) != 0) return false;
  if (rule.usual_any != 0 && !is_usual(s, rule.usual_any, rule.max_age)) return false;
  if (rule.dormant > 0 && s.dormant() < rule.dormant) return false;
  return s.mature(rule.maturity);
}

void add_evidence(Finding& finding, const Sighting& s, Room& room, Seconds age) {
  using history::Facet;
  const auto profile = room.lookup.profile(s.report().login);
  const history::EventView event(s.arrival().sequence, s.time, s.report(), s.place());
  const auto add = [&](bool fresh, const char* name, Facet facet) {
    if (!fresh) return;
    const auto text = history::facet_text(facet, event);
    finding.evidence.push_back({name, text, Lookup::usual(profile, facet, text), {}});
  };
  add(s.new_country(age), "new_country", Facet::country);
  add(s.new_network(age) && s.has(Known::asn), "new_asn", Facet::asn);
  add(s.new_network(age), "new_net", Facet::net);
  add(s.new_device(age), "new_device", Facet::device);
}

}  // namespace

void judge_novelty(const Sighting& s, Room& room) {
  for (const auto& rule : room.rules.novelty) {
    ++room.counts[rule.index].evaluated;
    if (!matches(rule, s)) continue;
    auto finding = finding_of(rule.rule, s);
    add_evidence(finding, s, room, rule.max_age);
    const auto signs = signs_of(s);
    if (rule.with_sign && !signs.empty()) {
      finding.severity = *rule.with_sign;
      finding.evidence.push_back({"signs", signs, "", {}});
    }
    auto names = names_of(s);
    if (rule.dormant > 0) {
      const double days = s.dormant() / double{seconds_per_day};
      finding.evidence.push_back(
          {"silent_days", static_cast<double>(static_cast<int>(days)), "", rule.dormant / double{seconds_per_day}});
      names.emplace_back("silence", shown_duration(s.dormant()));
    }
    names.emplace_back("signs", signs.empty() ? "no further sign" : signs);
    room.found(rule.index, std::move(finding), names);
  }
}

}  // namespace trackalert::detect
