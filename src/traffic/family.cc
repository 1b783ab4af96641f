// SPDX-License-Identifier: Apache-2.0
#include "traffic/family.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <string>

namespace trackalert::traffic {
namespace {

struct FamilyRow {
  std::string_view name;
  std::string_view help;
};

constexpr std::array<FamilyRow, family_count> rows{{
    {"password_spray", "one address, or a /24: few passwords, many logins"},
    {"credential_stuffing", "one address, or a few: a list of logins, each with its own password"},
    {"brute_force", "one address: many passwords, one login"},
    {"distributed_guessing", "many networks: many passwords, one login, within an hour"},
    {"slow_guessing", "many networks: one login, for a month"},
    {"slow_source", "one address: a few logins a day, for weeks"},
    {"distributed_spray", "hundreds of addresses that share a trait: many logins, within an hour"},
    {"campaign", "up to 500 addresses in 40 networks: 2,000 logins once a day each, for two weeks"},
    {"success_after_guessing", "some guesses at one login, and then a success from elsewhere"},
    {"failure_surge", "a flood of single guesses from everywhere, for some minutes"},
    {"stranger", "the right password at once, from a new device in a new network"},
    {"impossible_travel", "the right password, minutes after the owner's login on another continent"},
    {"many_countries", "the right password, from many countries on one day"},
    {"dormant_account", "the right password of an account that has slept for months"},
    {"retired_password", "a password that the owner has replaced"},
    {"naive_attacker", "the right password, any country, any device"},
    {"vpn_attacker", "the right password, an anonymiser in the owner's country, any device"},
    {"targeted_attacker", "the right password, the owner's city, a common device"},
    {"very_targeted_attacker", "the right password, the owner's provider and device"},
}};

base::Result<unsigned> parse_count(std::string_view text) {
  unsigned count = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (error != std::errc{} || end != text.data() + text.size() || count == 0 || count > max_campaigns) {
    return base::fail("attacks: {} is no number from 1 to {}", text, max_campaigns);
  }
  return count;
}

base::Result<Intensity> parse_intensity(std::string_view text) {
  constexpr std::array<std::string_view, intensity_count> names{"low", "middle", "high"};
  const auto* const at = std::ranges::find(names, text);
  if (at == names.end()) return base::fail("attacks: {} is none of low, middle, high", text);
  return static_cast<Intensity>(at - names.begin());
}

/// First and last + 1 of the families that a name stands for.
base::Result<std::pair<unsigned, unsigned>> families_of(std::string_view name) {
  if (name == "all") return std::pair(0U, rule_family_count);
  if (name == "risk") return std::pair(rule_family_count, family_count);
  const auto* const row = std::ranges::find(rows, name, &FamilyRow::name);
  if (row != rows.end()) {
    const auto index = static_cast<unsigned>(row - rows.begin());
    return std::pair(index, index + 1);
  }
  std::string known = "all, risk, none";
  for (const auto& one : rows) known.append(", ").append(one.name);
  return base::fail("attacks: there is no {}, but {}", name, known);
}

}  // namespace

std::string_view family_name(Family family) {
  return rows[static_cast<unsigned>(family)].name;
}

std::string_view family_help(Family family) {
  return rows[static_cast<unsigned>(family)].help;
}

base::Result<std::vector<AttackOrder>> parse_attacks(std::string_view list) {
  std::map<Family, AttackOrder> orders;
  while (!list.empty()) {
    const auto comma = std::min(list.find(','), list.size());
    std::string_view item = list.substr(0, comma);
    list.remove_prefix(std::min(comma + 1, list.size()));
    if (item == "none") continue;
    AttackOrder order{Family::password_spray, default_campaigns, std::nullopt};
    if (const auto at = item.find('@'); at != item.npos) {
      const auto intensity = parse_intensity(item.substr(at + 1));
      if (!intensity) return std::unexpected(intensity.error());
      order.intensity = *intensity;
      item = item.substr(0, at);
    }
    if (const auto colon = item.find(':'); colon != item.npos) {
      const auto count = parse_count(item.substr(colon + 1));
      if (!count) return std::unexpected(count.error());
      order.campaigns = *count;
      item = item.substr(0, colon);
    }
    const auto families = families_of(item);
    if (!families) return std::unexpected(families.error());
    for (unsigned index = families->first; index < families->second; ++index) {
      order.family = static_cast<Family>(index);
      orders.insert_or_assign(order.family, order);
    }
  }
  std::vector<AttackOrder> out;
  out.reserve(orders.size());
  for (const auto& [family, order] : orders) out.push_back(order);
  return out;
}

}  // namespace trackalert::traffic
