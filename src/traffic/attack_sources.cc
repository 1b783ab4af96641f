// SPDX-License-Identifier: Apache-2.0
#include "traffic/attack_sources.h"

#include <set>

namespace trackalert::traffic {
namespace {

constexpr unsigned hosts_of_a_net = 250;

BlockIndex choose_block(const World& world, Origin origin, BlockIndex own, Dice& dice) {
  switch (origin) {
    case Origin::hosting:
      return dice.one_of(world.hosting_blocks());
    case Origin::botnet:
      return world.any_access(static_cast<std::uint8_t>(dice.below(countries().size())), dice);
    case Origin::one_hosting:
      break;
  }
  return own;
}

}  // namespace

std::vector<base::Address> choose_sources(const World& world, Origin origin, unsigned sources, unsigned nets,
                                          Dice& dice) {
  struct Net {
    BlockIndex block;
    std::uint8_t third_byte;
    unsigned offset;
    auto operator<=>(const Net&) const = default;
  };
  const auto own = dice.one_of(world.hosting_blocks());
  std::set<std::pair<BlockIndex, std::uint8_t>> known;
  std::vector<Net> chosen;
  while (chosen.size() < nets) {
    // One block has 256 of them: a large botnet or provider spreads, a single block is full at last.
    const auto block =
        known.size() < 200 ? choose_block(world, origin, own, dice) : choose_block(world, Origin::botnet, own, dice);
    const auto third = static_cast<std::uint8_t>(dice.below(256));
    const auto offset = static_cast<unsigned>(dice.below(hosts_of_a_net));
    if (known.emplace(block, third).second) chosen.push_back({block, third, offset});
  }
  std::vector<base::Address> out;
  out.reserve(sources);
  for (unsigned index = 0; index < sources; ++index) {
    const auto& net = chosen[index % nets];
    // 7 has no divisor in common with 250: no address comes twice.
    const unsigned last = 2 + (net.offset + index / nets * 7) % hosts_of_a_net;
    out.push_back(world.v4(net.block, static_cast<std::uint16_t>(net.third_byte << 8 | last)));
  }
  return out;
}

Device choose_tool(Dice& dice) {
  const auto use = dice.below(3) < 2 ? DeviceUse::tool : DeviceUse::desktop_browser;
  return pick_device(use, dice);
}

Device choose_strange_device(const Population& population, LoginIndex owner, Dice& dice) {
  Device device;
  for (unsigned tries = 0; tries < 32; ++tries) {
    device = pick_device(dice.percent(70) ? DeviceUse::desktop_browser : DeviceUse::desktop_mail, dice);
    if (!population.uses(owner, device.row)) break;
  }
  return device;
}

}  // namespace trackalert::traffic
