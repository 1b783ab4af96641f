// SPDX-License-Identifier: Apache-2.0
// The world in which the logins live: networks, their addresses and places, and what sort of people a service has.
// It depends on the world's number alone, so that one database of places serves every stream of that world. Worlds
// differ in home countries, habits and addresses: rules can be tuned in some and judged in others. Immutable.
//
// Networks stand on addresses that a service hardly meets: IPv4 blocks that are given to somebody who announces next to
// none of them, IPv6 from 2d00::/8, which IANA keeps in reserve, AS numbers from 500000 on, which nobody has. None of
// these is private or for documentation, so all of them may have a place.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/address.h"
#include "base/prefix.h"
#include "traffic/countries.h"
#include "traffic/dice.h"

namespace trackalert::traffic {

enum class NetworkKind : std::uint8_t { access, mobile, company, hosting, anonymiser };
/// "access", ...
[[nodiscard]] std::string_view kind_name(NetworkKind kind);

/// An autonomous system.
struct Network {
  std::uint32_t asn;
  std::string name;
  NetworkKind kind;
};

/// A part of a network at one place: an IPv4 /16 and an IPv6 /40.
struct Block {
  std::uint16_t network;  ///< index in World::networks()
  std::uint8_t country;   ///< index in countries()
  std::uint8_t city;      ///< index in its cities
  std::uint16_t v4;       ///< the first two bytes of its addresses
};
using BlockIndex = std::uint16_t;

/// Shares in percent unless the name says otherwise.
struct Mix {
  unsigned phone = 75;
  unsigned desktop = 55;
  unsigned browser = 45;
  unsigned worker = 35;   ///< has an office
  unsigned proxied = 20;  ///< of the browsers: webmail that logs in from the provider's proxy
  unsigned shift_worker = 6;
  unsigned vpn = 3;
  unsigned ipv6 = 20;
  unsigned dynamic_address = 60;
  unsigned sleeper = 3;                 ///< no login for 100 days and more
  unsigned travels_per_million = 1000;  ///< a login and day; so are the others
  unsigned new_phones_per_million = 2000;
  unsigned new_passwords_per_million = 1500;
  unsigned typos_per_million = 30'000;  ///< a session with a browser
  unsigned nat_addresses = 32;          ///< of each mobile carrier
};

class World {
 public:
  static constexpr std::uint32_t max_number = 9999;
  static constexpr unsigned company_size = 250;  ///< people behind a company's gateway

  explicit World(std::uint32_t number);

  [[nodiscard]] std::uint32_t number() const { return number_; }
  [[nodiscard]] const Mix& mix() const { return mix_; }
  [[nodiscard]] std::span<const Network> networks() const { return networks_; }
  [[nodiscard]] std::span<const Block> blocks() const { return blocks_; }
  [[nodiscard]] const Network& network_of(BlockIndex block) const { return networks_[blocks_[block].network]; }
  /// The users' part of their addresses: "example.com", ...
  [[nodiscard]] std::string_view domain() const;

  /// Where the service is, and most of its users.
  [[nodiscard]] std::uint8_t own_country() const { return homes_[0]; }
  /// Where a login lives: mostly in the service's own country.
  [[nodiscard]] std::uint8_t home_country(Dice& dice) const;
  [[nodiscard]] std::span<const BlockIndex> access_blocks(std::uint8_t country, std::uint8_t city) const;
  [[nodiscard]] std::span<const BlockIndex> mobile_blocks(std::uint8_t country) const;
  [[nodiscard]] BlockIndex company_block(std::uint8_t country, std::uint8_t city) const;
  [[nodiscard]] std::span<const BlockIndex> hosting_blocks() const { return hosting_; }
  [[nodiscard]] std::span<const BlockIndex> anonymiser_blocks() const { return anonymiser_; }
  /// An access network's block of any city.
  [[nodiscard]] BlockIndex any_access(std::uint8_t country, Dice& dice) const;
  /// Another country: in three of four cases on the same continent where `near`, else on another continent.
  [[nodiscard]] std::uint8_t other_country(std::uint8_t from, bool near, Dice& dice) const;

  [[nodiscard]] base::Address v4(BlockIndex block, std::uint16_t host) const;
  /// A household has a /56; `interface` is the device's part.
  [[nodiscard]] static base::Address v6(BlockIndex block, std::uint16_t household, std::uint64_t interface);
  [[nodiscard]] base::Prefix v4_prefix(BlockIndex block) const { return {v4(block, 0), 16}; }
  [[nodiscard]] static base::Prefix v6_prefix(BlockIndex block) { return {v6(block, 0, 0), 40}; }

 private:
  void choose_mix(Dice dice);
  void build_countries();
  void build_global();
  std::uint16_t add_network(std::string name, NetworkKind kind);
  BlockIndex add_block(std::uint16_t network, std::size_t country, std::size_t city);

  const std::uint32_t number_;
  Mix mix_;
  std::vector<std::uint8_t> homes_;  ///< countries, the service's own first
  std::vector<Network> networks_;
  std::vector<Block> blocks_;
  std::vector<std::vector<BlockIndex>> access_;  ///< by country and city
  std::vector<std::vector<BlockIndex>> mobile_;  ///< by country
  std::vector<BlockIndex> company_;              ///< by country and city
  std::vector<BlockIndex> hosting_;
  std::vector<BlockIndex> anonymiser_;
};

}  // namespace trackalert::traffic
