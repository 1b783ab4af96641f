// SPDX-License-Identifier: Apache-2.0
#include "detect/campaign_judge.h"

#include <fmt/format.h>

#include <map>

#include "detect/source_judge.h"

namespace trackalert::detect {

namespace {

constexpr Seconds short_every = 300;
constexpr Seconds long_every = 3600;
constexpr Seconds tell_every = 6 * 3600;
constexpr std::size_t most_campaigns = 256;
constexpr std::size_t most_texts = 4096;
constexpr std::size_t most_text_bytes = 200;
constexpr std::size_t most_groups_found = 8;  ///< in one sweep
constexpr std::size_t most_members_named = 500;
/// An entry before the first guess that is seen belongs to it.
constexpr history::Time just_before = history::hour;
constexpr unsigned days_kept = 64;

std::uint32_t hash_of(const Hasher& hasher, std::string_view text) {
  return text.empty() ? 0 : std::max(1U, static_cast<std::uint32_t>(hasher(text)));
}

/// "client=app,site=b": what the reporter says beside. Too much of it is as good as none.
std::string attrs_text(const login::Report& report) {
  std::string text;
  for (const auto& [name, value] : report.attrs) {
    text.append(text.empty() ? "" : ",").append(name).append("=").append(value);
    if (text.size() > most_text_bytes) return {};
  }
  return text;
}

/// As looks_foreign(), afterwards: neither the network nor the device of the success was the login's before.
bool entered_by(const Stranger& member, const history::Event& event, Room& room) {
  using history::Facet;
  const auto profile = room.lookup.profile(event.report.login);
  const auto first_used = [&](Facet facet) -> std::optional<history::Time> {
    std::string value;
    if (!history::append_value(facet, event, value)) return std::nullopt;
    const auto usage = profile.find(facet, value);
    return usage ? std::optional(usage->first) : std::nullopt;
  };
  const auto since = to_time(member.first) - just_before;
  if (first_used(Facet::net).value_or(0) < since) return false;
  const auto device = first_used(Facet::device);
  const auto asn = first_used(Facet::asn);
  const bool tried = std::ranges::find(member.logins, static_cast<std::uint32_t>(room.hasher(event.report.login))) !=
                     member.logins.end();
  const bool young = profile.total().first + 7 * history::day > event.time;  // everything is new for it
  if (young) return false;
  if (!device && !asn) return tried;
  return (device && *device >= since) || (asn && *asn >= since);
}

}  // namespace

void CampaignJudge::remember_name(std::uint32_t hash, std::string_view text) {
  if (hash == 0 || texts_.size() >= most_texts) return;
  const auto at = std::ranges::lower_bound(texts_, hash, {}, [](const auto& row) { return row.first; });
  if (at == texts_.end() || at->first != hash) texts_.emplace(at, hash, text);
}

void CampaignJudge::count(Stranger& stranger, Seconds time, std::uint32_t login) {
  stranger.first = stranger.first == 0 ? time : std::min(stranger.first, time);
  stranger.last = std::max(stranger.last, time);
  if (stranger.guesses < UINT16_MAX) ++stranger.guesses;
  stranger.count_guess(time);
  if (stranger.recent_since + std::uint64_t{3600} < time) {
    stranger.recent_since = time;
    stranger.recent = 0;
  }
  if (stranger.recent < UINT16_MAX) ++stranger.recent;
  const auto used =
      std::span(stranger.logins).first(std::min<std::size_t>(stranger.logins_used, stranger.logins.size()));
  if (std::ranges::find(used, login) != used.end()) return;
  stranger.logins[stranger.logins_used % stranger.logins.size()] = login;
  stranger.logins_used = static_cast<std::uint8_t>(
      stranger.logins_used < stranger.logins.size() * 2 - 1 ? stranger.logins_used + 1 : stranger.logins.size());
}

void CampaignJudge::note_guess(const Sighting& s, Tables& tables, const Hasher& hasher) {
  if (observed_since_ == 0) observed_since_ = s.now;
  if (s.net_known() || s.levels().empty()) return;
  const auto key = s.source().key;
  auto* stranger = tables.strangers.find(key);
  if (stranger == nullptr) {
    stranger = &tables.strangers.add(key, s.now);
    stranger->source = source_of(s.report().remote);
    stranger->net = s.net;
    if (s.has(Known::asn)) stranger->asn = s.place().asn;
    if (s.has(Known::country)) std::ranges::copy_n(s.place().country_code.begin(), 2, stranger->country.begin());
    const auto device = history::device_text(s.report().device_attrs);
    stranger->device = hash_of(hasher, device);
    stranger->protocol = hash_of(hasher, s.report().protocol);
    const auto attrs = attrs_text(s.report());
    stranger->attrs = hash_of(hasher, attrs);
    remember_name(stranger->device, device);
    remember_name(stranger->attrs, attrs);
    remember_name(stranger->protocol, s.report().protocol);
  }
  count(*stranger, s.now, s.login);
  if (stranger->marked_until > s.now) return;  // explained already
  tables.levels.count(s.now);
  ++guesses_since_short_;
}

/// All of a campaign become louder as it goes on.
void CampaignJudge::listen_again(Campaign& campaign, unsigned number, Tables& tables) {
  std::vector<unsigned> guesses;
  tables.strangers.for_each([&](std::uint64_t, const Stranger& stranger) {
    if (stranger.campaign == number) guesses.push_back(stranger.guesses);
  });
  campaign.loud = loudness_of(std::move(guesses), campaign.least_sources);
}

void CampaignJudge::tell_again(const Sighting& s, Room& room) {
  if (s.levels().empty() || campaigns_.empty()) return;
  auto* stranger = room.tables.strangers.find(s.source().key);
  if (stranger == nullptr || stranger->campaign == 0 || stranger->marked_until <= s.now) return;
  auto& campaign = campaigns_[stranger->campaign - 1];
  if (stranger->guesses > campaign.loud) listen_again(campaign, stranger->campaign, room.tables);
  if (stranger->guesses > campaign.loud) {
    stranger->campaign = 0;
    stranger->marked_until = s.now;
    return;
  }
  stranger->marked_until = std::max(stranger->marked_until, s.now + marked_for);
  campaign.active = std::max(campaign.active, s.now);
  room.out.push_back(news_of(room.rules.all()[campaign.rule], s, campaign.key));
}

void CampaignJudge::note_success(Sighting& s, Room& room) {
  if (observed_since_ == 0) observed_since_ = s.now;
  if (s.levels().empty()) return;
  auto* stranger = room.tables.strangers.find(s.source().key);
  if (stranger == nullptr) return;
  if (stranger->successes < UINT16_MAX) ++stranger->successes;
  const bool tried = std::ranges::find(stranger->logins, s.login) != stranger->logins.end();
  if (!looks_foreign(s, tried ? 1 : 0, false)) return;  // among many, one who is not known says nothing
  if (stranger->entered < UINT16_MAX) ++stranger->entered;
  if (stranger->campaign == 0 || stranger->campaign > campaigns_.size() || stranger->marked_until <= s.now) return;
  const auto& campaign = campaigns_[stranger->campaign - 1];
  auto finding = news_of(room.rules.all()[campaign.rule], s, campaign.key);
  finding.taken = {s.report().login};
  room.out.push_back(std::move(finding));
  report_taken(room, {s.report().login, s.report().remote, s.time, tried ? 1U : 0U}, campaign.key, s.time);
}

bool CampaignJudge::takes(const SweepWindow& window, const Stranger& stranger) const {
  if (stranger.last + std::uint64_t{window.length} < window.now) return false;
  if (stranger.marked_until > window.now && stranger.campaign == 0) return false;  // another alert explains it
  if (stranger.successes > stranger.entered) return false;                         // somebody is at home there
  if (window.rule.long_window) return true;
  return stranger.recent <= window.rule.guesses_per_source;
}

std::vector<StrangerInWindow> CampaignJudge::strangers_in(Tables& tables, const SweepWindow& window) const {
  std::vector<StrangerInWindow> out;
  const auto days = days_of(window.length);
  tables.strangers.for_each([&](std::uint64_t key, Stranger& stranger) {
    const bool in_window = takes(window, stranger);
    const unsigned first_earlier = window.rule.long_window ? days : 1;
    // What an alert has explained is not how things usually are.
    const double earlier = stranger.marked_until != 0 ? 0 : stranger.guesses_in(window.now, first_earlier, days_kept);
    if (!in_window && earlier == 0) return;
    const double guesses = in_window ? window.guesses_of(stranger) : 0;
    if (window.rule.long_window && guesses > 1.0 * window.rule.guesses_per_source * days) return;
    out.push_back({key, &stranger, guesses, earlier, in_window});
  });
  return out;
}

std::vector<StrangerGroup> CampaignJudge::groups_of(Room& room, const SweepWindow& window) {
  const auto strangers = strangers_in(room.tables, window);
  std::vector<StrangerGroup> out;
  for (const auto& kind : window.rule.rule->list("traits")) {
    for (auto& group : groups_by(kind, strangers, window.rule.sources)) {
      leave_out_others(window, group);
      if (group.members.size() >= window.rule.sources) out.push_back(std::move(group));
    }
  }
  // The order in which they were found is nobody's: from here on it depends on the groups alone.
  std::ranges::sort(out, [](const StrangerGroup& a, const StrangerGroup& b) {
    return std::tie(a.kind, a.value) < std::tie(b.kind, b.value);
  });
  return out;
}

void CampaignJudge::sweep_window(Room& room, const SweepWindow& window) {
  const double before =
      static_cast<double>(window.now - observed_since_) - (window.rule.long_window ? window.length : 0);
  if (before < window.rule.observed) return;
  const double kept = double{days_kept} * seconds_per_day - (window.rule.long_window ? window.length : 0);
  const double scale = window.length / std::min(before, kept);
  for (std::size_t round = 0; round < most_groups_found; ++round) {
    auto groups = groups_of(room, window);
    const auto level = [&](const StrangerGroup& group) { return group.earlier * scale; };
    std::erase_if(groups, [&](StrangerGroup& group) {
      // What this sweep has named before is out of the race, but for more of itself.
      const auto fresh = std::ranges::count_if(group.members, [&](const auto& member) {
        return member.second->campaign == 0 || member.second->marked_until <= window.now ||
               campaigns_[member.second->campaign - 1].last < window.now;
      });
      if (static_cast<std::size_t>(fresh) < window.rule.sources ||
          group.guesses < window.rule.excess * std::max(1.0, level(group)) ||
          group.entered > (1 - window.rule.stranger_share) * std::max(group.guesses, double(group.members.size()))) {
        return true;
      }
      group.gather_logins();
      return group.logins.size() < window.rule.logins;
    });
    if (groups.empty()) return;
    const auto best = std::ranges::max_element(
        groups, {}, [&](const StrangerGroup& group) { return group.surprise(std::max(1.0, level(group))); });
    best->earlier = level(*best);
    found(room, window, *best);
  }
}

std::string CampaignJudge::trait_text(const StrangerGroup& group) const {
  const auto text_of = [this](std::uint32_t hash) {
    const auto at = std::ranges::lower_bound(texts_, hash, {}, [](const auto& row) { return row.first; });
    return at != texts_.end() && at->first == hash ? at->second : fmt::format("{:08x}", hash);
  };
  const auto& any = *group.members.front().second;
  const auto country = country_text(any.country);
  if (group.kind == "asn") return fmt::format("asn={}", any.asn);
  if (group.kind == "attrs") return "attrs " + text_of(any.attrs);
  if (group.kind == "country") return "country=" + country;
  if (group.kind == "device") return "device=" + text_of(any.device);
  if (group.kind == "net") return "net=" + history::net_of(any.source.address).to_string();
  if (group.kind == "protocol") return "protocol=" + text_of(any.protocol);
  return fmt::format("protocol={},country={}", text_of(any.protocol), country);
}

/// A sudden spray beside a campaign of weeks that has the same trait is another attacker: it has a key of its own.
std::string CampaignJudge::free_key(const std::string& trait, Seconds now) const {
  auto key = "campaign:" + trait;
  const auto in_use = [&](const Campaign& campaign) { return campaign.key == key && campaign.is_open(now); };
  for (unsigned number = 2; std::ranges::any_of(campaigns_, in_use); ++number) {
    key = fmt::format("campaign:{} #{}", trait, number);
  }
  return key;
}

/// Who guesses far more than the others, and who is named by another campaign, only shares their trait.
void CampaignJudge::leave_out_others(const SweepWindow& window, StrangerGroup& group) const {
  std::vector<unsigned> guesses;
  guesses.reserve(group.members.size());
  for (const auto& [key, member] : group.members) guesses.push_back(member->guesses);
  group.loud = loudness_of(std::move(guesses), window.rule.sources);
  group.joined = joined_by(window, group);
  const auto stays = [&](const Stranger& member) {
    if (member.guesses > group.loud) return false;
    if (member.campaign == 0 || member.marked_until <= window.now) return true;
    const std::size_t of = member.campaign - 1U;
    return of == group.joined || !campaigns_[of].is_open(window.now);
  };
  group.keep(stays, window);
}

/// The campaign that most of them are named by; else one of the same trait.
std::optional<std::size_t> CampaignJudge::joined_by(const SweepWindow& window, const StrangerGroup& group) const {
  std::map<std::size_t, std::size_t> named;
  for (const auto& [key, member] : group.members) {
    if (member->campaign > 0 && member->marked_until > window.now) ++named[member->campaign - 1];
  }
  const auto most = std::ranges::max_element(named, {}, [](const auto& row) { return row.second; });
  if (most != named.end() && most->second * 2 >= group.members.size()) return most->first;
  // Others of the same network or program are its next wave; others who only speak the same protocol or come from the
  // same country are, as long as they follow soon.
  const bool telling = group.kind == "asn" || group.kind == "net" || group.kind == "device";
  const auto trait = trait_text(group);
  const auto is_same = [&](const Campaign& campaign) {
    return campaign.trait == trait && campaign.is_open(window.now) && campaign.rule == window.rule.index &&
           (telling || campaign.last + 2 * std::uint64_t{window.length} > window.now);
  };
  const auto same = std::ranges::find_if(campaigns_, is_same);
  return same == campaigns_.end() ? std::nullopt : std::optional<std::size_t>(same - campaigns_.begin());
}

std::size_t CampaignJudge::campaign_of(const SweepWindow& window, const StrangerGroup& group,
                                       const std::string& trait) {
  if (group.joined) return *group.joined;
  const Campaign made{.trait = trait, .key = free_key(trait, window.now), .rule = window.rule.index};
  if (campaigns_.size() < most_campaigns) {
    campaigns_.push_back(made);
    return campaigns_.size() - 1;
  }
  const auto oldest = std::ranges::min_element(campaigns_, {}, &Campaign::last);
  *oldest = made;
  return static_cast<std::size_t>(oldest - campaigns_.begin());
}

void CampaignJudge::mark_members(Room& room, const SweepWindow& window, const StrangerGroup& group, std::size_t index,
                                 std::vector<Stranger*>& fresh) {
  for (const auto& [key, member] : group.members) {
    const bool known = member->campaign == index + 1 && member->marked_until > window.now;
    member->marked_until = window.now + (window.rule.long_window ? 7 : 1) * marked_for;
    if (known) continue;
    member->campaign = static_cast<std::uint16_t>(index + 1);
    fresh.push_back(member);
    if (window.rule.long_window) continue;
    for (unsigned i = 0; i < member->recent; ++i) room.tables.levels.take_back(member->last);
  }
}

std::vector<Entry> CampaignJudge::name_members(Room& room, const SweepWindow& window,
                                               const std::vector<Stranger*>& fresh, Finding& finding) {
  std::vector<Entry> entered;
  const auto since = to_time(window.now - window.length);
  const auto until = to_time(window.now) + 1;
  for (std::size_t i = 0; i < fresh.size(); ++i) {
    auto& member = *fresh[i];
    finding.since = std::min(finding.since, to_time(std::max(member.first, window.now - window.length)));
    finding.sources.push_back(source_text(member.source));
    if (i < most_members_named) {
      for (auto& login : room.lookup.logins_tried_from(member.source, since, until, 50))
        finding.logins.push_back(std::move(login));
    }
    // Who guessed right at once was no stranger yet, so that its entries say nothing.
    if (member.entered == 0 && i >= most_members_named) continue;
    for (const auto& event : room.lookup.successes_from(member.source, to_time(member.first) - just_before, until)) {
      if (!entered_by(member, event, room)) continue;
      finding.taken.push_back(event.report.login);
      entered.push_back({event.report.login, event.report.remote, event.time, 0});
    }
  }
  std::ranges::sort(finding.logins);
  finding.logins.erase(std::ranges::unique(finding.logins).begin(), finding.logins.end());
  return entered;
}

void CampaignJudge::found(Room& room, const SweepWindow& window, StrangerGroup& group) {
  std::ranges::sort(group.members, {}, [](const auto& member) { return member.second->source.address; });
  const auto trait = trait_text(group);
  const auto index = campaign_of(window, group, trait);
  std::vector<Stranger*> fresh;
  mark_members(room, window, group, index, fresh);
  auto& campaign = campaigns_[index];
  const bool goes_on = campaign.told != 0;
  campaign.last = window.now;
  campaign.active = std::max(campaign.active, window.now);
  campaign.loud = group.loud;
  campaign.least_sources = window.rule.sources;
  campaign.sources += fresh.size();
  if (goes_on && campaign.told + tell_every > window.now &&
      campaign.sources < campaign.told_sources + campaign.told_sources / 10 + 1) {
    return;
  }
  campaign.told = window.now;
  campaign.told_sources = campaign.sources;
  Finding finding;
  finding.rule = window.rule.rule;
  finding.severity = finding.rule->severity;
  finding.time = to_time(window.now);
  finding.since = finding.time;
  finding.key = campaign.key;
  finding.goes_on = goes_on;
  finding.sources_total = group.members.size();
  finding.logins_total = group.logins.size();
  const auto entered = name_members(room, window, fresh, finding);
  finding.evidence = {
      {"sources", static_cast<double>(group.members.size()), "", static_cast<double>(window.rule.sources)},
      {"logins", static_cast<double>(group.logins.size()), "", static_cast<double>(window.rule.logins)},
      {"guesses", group.guesses, fmt::format("{} in the same time before", shown_number(group.earlier)),
       window.rule.excess * std::max(1.0, group.earlier)},
      {"shared", trait, "", {}}};
  const NameList names{{"sources", std::to_string(group.members.size())},
                       {"logins", std::to_string(group.logins.size())},
                       {"guesses", shown_number(group.guesses)},
                       {"shared", trait},
                       {"window", shown_duration(window.length)}};
  const auto key = finding.key;
  room.found(window.rule.index, std::move(finding), names);
  for (const auto& entry : entered) report_taken(room, entry, key, to_time(window.now));
}

/// Whether an hour had so many guesses that nothing explains: below, no short window need be looked at.
bool CampaignJudge::worth_a_look(const Tables& tables, const CampaignRule& rule, Seconds now) {
  const auto slot = now / GuessLevels::slot_seconds;
  const auto slots = rule.windows.front() / GuessLevels::slot_seconds + 1;
  std::size_t guesses = 0;
  for (std::uint32_t i = 0; i <= slots; ++i) guesses += tables.levels.of_slot(slot - i);
  return guesses >= std::max(rule.logins, rule.sources);
}

void CampaignJudge::sweep(Room& room, Seconds now) {
  if (observed_since_ == 0 || now <= newest_) return;
  newest_ = now;
  const bool short_due = now >= last_short_ + short_every;
  const bool long_due = now >= last_long_ + long_every;
  for (const auto& rule : room.rules.campaigns) {
    if (rule.long_window ? !long_due : !short_due || guesses_since_short_ == 0) continue;
    if (!rule.long_window && !worth_a_look(room.tables, rule, now)) continue;
    ++room.counts[rule.index].evaluated;
    for (const auto length : rule.windows) sweep_window(room, {rule, length, now});
  }
  if (long_due) last_long_ = now;
  if (!short_due) return;
  last_short_ = now;
  guesses_since_short_ = 0;
  surges_.sweep(room, now, observed_since_);
}

void CampaignJudge::remember(const history::Event& event, Tables& tables, const Hasher& hasher) {
  history::Arrival arrival{
      .report = &event.report, .place = event.place, .sequence = event.sequence, .time = event.time};
  const AsnKinds none;
  const Sighting s(arrival, hasher, none);
  if (observed_since_ == 0 || s.now < observed_since_) observed_since_ = s.now;
  if (event.report.success) {
    if (s.levels().empty()) return;
    auto* stranger = tables.strangers.find(s.source().key);
    if (stranger != nullptr && stranger->successes < UINT16_MAX) ++stranger->successes;
    return;
  }
  if (history::is_guess(event.report)) note_guess(s, tables, hasher);
}

}  // namespace trackalert::detect
