// SPDX-License-Identifier: Apache-2.0
#include "detect/sighting.h"

#include <cstring>

namespace trackalert::detect {
namespace {

constexpr unsigned v4_net = 24;
constexpr unsigned v6_subnet = 64;
constexpr unsigned v6_net = 48;

std::uint32_t low(std::uint64_t hash) {
  return static_cast<std::uint32_t>(hash);
}

}  // namespace

Hasher::Hasher(std::uint64_t seed) {
  std::memcpy(key_.data(), &seed, sizeof seed);
}

std::uint64_t Hasher::of(const base::Prefix& prefix) const {
  const auto masked = prefix.address.masked(prefix.length);
  std::array<char, 18> bytes;
  std::memcpy(bytes.data(), masked.bytes().data(), 16);
  bytes[16] = static_cast<char>(prefix.length);
  bytes[17] = masked.is_v4() ? '4' : '6';
  return (*this)({bytes.data(), bytes.size()});
}

bool is_private(const base::Address& address) {
  const auto& bytes = address.bytes();
  if (address.is_v6()) {
    const bool loopback = address == base::Address::v6({0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1});
    return (bytes[0] & 0xfe) == 0xfc || (bytes[0] == 0xfe && (bytes[1] & 0xc0) == 0x80) || loopback;
  }
  return bytes[0] == 0 || bytes[0] == 10 || bytes[0] == 127 || (bytes[0] == 172 && (bytes[1] & 0xf0) == 16) ||
         (bytes[0] == 192 && bytes[1] == 168) || (bytes[0] == 169 && bytes[1] == 254) ||
         (bytes[0] == 100 && (bytes[1] & 0xc0) == 64);
}

Sighting::Sighting(const history::Arrival& arrival, const Hasher& hasher, const AsnKinds& kinds)
    : time(arrival.time),
      now(static_cast<Seconds>(std::clamp<history::Time>(arrival.time / history::second, 0, UINT32_MAX))),
      login_key(hasher(arrival.report->login)),
      login(low(login_key)),
      arrival_(arrival),
      present_(arrival.before.present) {
  const auto& pwhash = arrival.report->pwhash;
  if (!pwhash.empty()) password = static_cast<std::uint16_t>(std::max<std::uint64_t>(1, hasher(pwhash) & 0xffff));
  if (history::has_remote(*arrival.report)) {
    const bool v4 = arrival.report->remote.is_v4();
    add_level(hasher, arrival.report->remote.bits());
    if (!v4) add_level(hasher, v6_subnet);
    add_level(hasher, v4 ? v4_net : v6_net);
    remote = low(levels_[0].key);
    net = low(levels_[level_count_ - 1].key);
    if (is_private(arrival.report->remote)) {
      constexpr auto placed = 1U << static_cast<unsigned>(Known::country) | 1U << static_cast<unsigned>(Known::asn);
      present_ = static_cast<std::uint8_t>(present_ & ~placed);
    }
  }
  if (has(Known::asn)) network_kinds = kinds.of(arrival.place.asn);
}

base::Prefix source_of(const base::Address& address) {
  const auto length = address.is_v4() ? address.bits() : v6_subnet;
  return {address.masked(length), length};
}

void Sighting::add_level(const Hasher& hasher, unsigned length) {
  const base::Prefix prefix{arrival_.report->remote, length};
  levels_[level_count_++] = {hasher.of(prefix), prefix};
}

bool Sighting::mature(const Maturity& wanted) const {
  const auto& before = arrival_.before;
  return before.successes >= wanted.successes && before.success_days >= wanted.success_days && before.first != 0 &&
         before.first + std::uint64_t{wanted.age} <= now;
}

Seconds Sighting::dormant() const {
  const auto last = arrival_.before.last_success;
  return last == 0 || last >= now ? 0 : now - last;
}

bool Sighting::new_network(Seconds age) const {
  if (!has(Known::net) || within(Known::net, age)) return false;
  // A telephone provider in the usual country is where telephones are.
  if ((network_kinds & AsnKinds::mobile) != 0 && !new_country(age)) return false;
  if (has(Known::asn)) return !within(Known::asn, age);
  return !is_private(report().remote);
}

}  // namespace trackalert::detect
