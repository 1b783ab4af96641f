// SPDX-License-Identifier: Apache-2.0
// The kinds of attack that can be generated, and how they are asked for. Pure.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace trackalert::traffic {

enum class Family : std::uint8_t {
  password_spray,
  credential_stuffing,
  brute_force,
  distributed_guessing,
  slow_guessing,
  slow_source,
  distributed_spray,
  campaign,
  success_after_guessing,
  failure_surge,
  stranger,
  impossible_travel,
  many_countries,
  dormant_account,
  retired_password,
  // Attackers who know the password, in the terms of Wiefling et al. (ACM TOPS 2022), for the curves of a risk score.
  // The last of them look like the owner and are no task for a rule, so "all" leaves them out.
  naive_attacker,
  vpn_attacker,
  targeted_attacker,
  very_targeted_attacker,
};
inline constexpr unsigned family_count = 19;
inline constexpr unsigned rule_family_count = 15;  ///< those of "all"
/// Up to here an attack guesses, behind it the attacker knows the password, or an old one.
inline constexpr Family last_guessing_family = Family::failure_surge;

/// "password_spray", ...
[[nodiscard]] std::string_view family_name(Family family);
/// What its attackers do, in a few words.
[[nodiscard]] std::string_view family_help(Family family);

/// How large and how loud.
enum class Intensity : std::uint8_t { low, middle, high };
inline constexpr unsigned intensity_count = 3;

struct AttackOrder {
  Family family;
  unsigned campaigns;
  std::optional<Intensity> intensity;  ///< none: low, middle, high in turns

  bool operator==(const AttackOrder&) const = default;
};

inline constexpr unsigned default_campaigns = 3;
inline constexpr unsigned max_campaigns = 1000;  ///< of a family

/// "password_spray", "password_spray:5", "campaign:1@high", "all", "all:6", "risk", "none", with commas between. A
/// family that is named again counts as its last naming says. In the order of Family.
[[nodiscard]] base::Result<std::vector<AttackOrder>> parse_attacks(std::string_view list);

}  // namespace trackalert::traffic
