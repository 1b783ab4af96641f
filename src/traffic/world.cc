// SPDX-License-Identifier: Apache-2.0
#include "traffic/world.h"

#include <fmt/format.h>

#include <array>
#include <utility>

namespace trackalert::traffic {
namespace {

/// First bytes of IPv4 addresses.
constexpr std::array<std::uint8_t, 11> v4_octets{11, 21, 22, 26, 28, 29, 30, 33, 55, 214, 215};
constexpr std::array<std::string_view, 3> domains{"example.com", "example.net", "example.org"};
constexpr std::uint32_t first_asn = 500'000;
constexpr std::size_t cities = std::tuple_size_v<decltype(Country::cities)>;
constexpr std::array<std::uint8_t, 12> hosting_countries{12, 12, 12, 0, 0, 3, 3, 2, 1, 19, 10, 6};
constexpr std::array<std::uint8_t, 10> exit_countries{0, 1, 2, 3, 7, 9, 12, 13, 19, 23};
constexpr unsigned anonymisers = 4;
constexpr unsigned home_countries = 4;

}  // namespace

std::string_view kind_name(NetworkKind kind) {
  static constexpr std::array<std::string_view, 5> names{"access", "mobile", "company", "hosting", "anonymiser"};
  return names[static_cast<unsigned>(kind)];
}

World::World(std::uint32_t number) : number_(number) {
  choose_mix(Dice(traffic::mix(number, 1)));
  Dice dice(traffic::mix(number, 2));
  homes_.push_back(number == 0 ? 0 : static_cast<std::uint8_t>(dice.below(countries().size())));
  while (homes_.size() < home_countries) homes_.push_back(other_country(homes_[0], true, dice));
  build_countries();
  build_global();
}

/// World 0 is the plain one.
void World::choose_mix(Dice dice) {
  if (number_ == 0) return;
  const auto vary = [&dice](unsigned& value, unsigned low_percent, unsigned high_percent) {
    value = value * static_cast<unsigned>(dice.between(low_percent, high_percent)) / 100;
  };
  for (auto* share : {&mix_.phone, &mix_.desktop, &mix_.browser, &mix_.worker, &mix_.proxied}) vary(*share, 50, 130);
  for (auto* share : {&mix_.shift_worker, &mix_.vpn, &mix_.sleeper}) vary(*share, 60, 250);
  vary(mix_.ipv6, 0, 300);
  vary(mix_.dynamic_address, 20, 150);
  for (auto* rate : {&mix_.travels_per_million, &mix_.new_phones_per_million, &mix_.new_passwords_per_million,
                     &mix_.typos_per_million}) {
    vary(*rate, 50, 200);
  }
  vary(mix_.nat_addresses, 25, 300);
}

std::uint16_t World::add_network(std::string name, NetworkKind kind) {
  const auto asn = static_cast<std::uint32_t>(first_asn + number_ % 100 * 1000 + networks_.size());
  networks_.push_back({asn, std::move(name), kind});
  return static_cast<std::uint16_t>(networks_.size() - 1);
}

BlockIndex World::add_block(std::uint16_t network, std::size_t country, std::size_t city) {
  // 97 has no divisor in common with the number of /16s, so worlds begin all over them.
  const std::size_t place = (blocks_.size() + std::size_t{number_} * 97) % (v4_octets.size() * 256);
  blocks_.push_back({network, static_cast<std::uint8_t>(country), static_cast<std::uint8_t>(city),
                     static_cast<std::uint16_t>(v4_octets[place / 256] << 8 | place % 256)});
  return static_cast<BlockIndex>(blocks_.size() - 1);
}

void World::build_countries() {
  access_.resize(countries().size() * cities);
  mobile_.resize(countries().size());
  for (std::size_t country = 0; country < countries().size(); ++country) {
    const auto name = countries()[country].name;
    for (const auto* brand : {"Cable", "Fibre"}) {
      const auto network = add_network(fmt::format("{} {}", name, brand), NetworkKind::access);
      for (std::size_t city = 0; city < cities; ++city) {
        access_[country * cities + city].push_back(add_block(network, country, city));
      }
    }
    for (const auto* brand : {"Mobile", "Wireless"}) {
      const auto network = add_network(fmt::format("{} {}", name, brand), NetworkKind::mobile);
      mobile_[country].push_back(add_block(network, country, 0));
    }
    const auto network = add_network(fmt::format("{} Business", name), NetworkKind::company);
    for (std::size_t city = 0; city < cities; ++city) company_.push_back(add_block(network, country, city));
  }
}

void World::build_global() {
  for (std::size_t i = 0; i < hosting_countries.size(); ++i) {
    const auto network = add_network(fmt::format("Hosting {}", i + 1), NetworkKind::hosting);
    hosting_.push_back(add_block(network, hosting_countries[i], i % cities));
  }
  for (unsigned i = 0; i < anonymisers; ++i) {
    const auto network = add_network(fmt::format("Anonymous {}", i + 1), NetworkKind::anonymiser);
    for (const auto country : exit_countries) anonymiser_.push_back(add_block(network, country, 0));
  }
}

std::string_view World::domain() const {
  return domains[number_ % domains.size()];
}

std::uint8_t World::home_country(Dice& dice) const {
  const auto share = dice.below(100);
  if (share < 76) return homes_[0];
  if (share < 94) return homes_[1 + share % (home_countries - 1)];
  return static_cast<std::uint8_t>(dice.below(countries().size()));
}

std::span<const BlockIndex> World::access_blocks(std::uint8_t country, std::uint8_t city) const {
  return access_[country * cities + city];
}

BlockIndex World::company_block(std::uint8_t country, std::uint8_t city) const {
  return company_[country * cities + city];
}

std::span<const BlockIndex> World::mobile_blocks(std::uint8_t country) const {
  return mobile_[country];
}

BlockIndex World::any_access(std::uint8_t country, Dice& dice) const {
  return dice.one_of(access_blocks(country, static_cast<std::uint8_t>(dice.below(cities))));
}

std::uint8_t World::other_country(std::uint8_t from, bool near, Dice& dice) const {
  const auto all = countries();
  const bool same_continent = near && dice.percent(75);
  // Every continent has at least two countries in the table, so this ends; the start is random, the step is not.
  const auto start = static_cast<std::size_t>(dice.below(all.size()));
  for (std::size_t step = 0; step < all.size(); ++step) {
    const auto index = (start + step) % all.size();
    if (index != from && (all[index].continent == all[from].continent) == same_continent) {
      return static_cast<std::uint8_t>(index);
    }
  }
  return static_cast<std::uint8_t>((from + 1U) % all.size());
}

base::Address World::v4(BlockIndex block, std::uint16_t host) const {
  const auto high = blocks_[block].v4;
  return base::Address::v4({static_cast<std::uint8_t>(high >> 8), static_cast<std::uint8_t>(high & 0xff),
                            static_cast<std::uint8_t>(host >> 8), static_cast<std::uint8_t>(host & 0xff)});
}

base::Address World::v6(BlockIndex block, std::uint16_t household, std::uint64_t interface) {
  std::array<std::uint8_t, 16> bytes{0x2d,
                                     0,
                                     static_cast<std::uint8_t>(block >> 8),
                                     static_cast<std::uint8_t>(block & 0xff),
                                     0,
                                     static_cast<std::uint8_t>(household >> 8),
                                     static_cast<std::uint8_t>(household & 0xff),
                                     0};
  for (unsigned i = 0; i < 8; ++i) bytes[8 + i] = static_cast<std::uint8_t>(interface >> 8 * (7 - i));
  return base::Address::v6(bytes);
}

}  // namespace trackalert::traffic
