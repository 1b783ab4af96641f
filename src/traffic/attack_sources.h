// SPDX-License-Identifier: Apache-2.0
// Where attackers come from, and with what. Pure but for the dice.
#pragma once

#include <vector>

#include "traffic/population.h"

namespace trackalert::traffic {

enum class Origin : std::uint8_t {
  hosting,      ///< rented machines at several providers
  one_hosting,  ///< ... at one
  botnet,       ///< homes all over the world
};

/// `sources` different IPv4 addresses in `nets` different /24s (at most 250 in one; 1 to 60,000 of both).
[[nodiscard]] std::vector<base::Address> choose_sources(const World& world, Origin origin, unsigned sources,
                                                        unsigned nets, Dice& dice);

/// A tool, or in one of three cases a browser.
[[nodiscard]] Device choose_tool(Dice& dice);
/// A browser or a mail program that the owner does not use.
[[nodiscard]] Device choose_strange_device(const Population& population, LoginIndex owner, Dice& dice);

}  // namespace trackalert::traffic
