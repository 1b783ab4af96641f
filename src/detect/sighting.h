// SPDX-License-Identifier: Apache-2.0
// One report as the rules look at it: hashed, its sources at every width, what its login is used to. Borrows the
// arrival.
#pragma once

#include <sodium/crypto_shorthash.h>

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

#include "base/prefix.h"
#include "detect/asn_kinds.h"
#include "detect/tables.h"
#include "history/history.h"

namespace trackalert::detect {

/// SipHash-2-4 under a key of its own: whoever invents logins cannot make them collide. Never 0.
class Hasher {
 public:
  explicit Hasher(std::uint64_t seed);
  [[nodiscard]] std::uint64_t operator()(std::string_view bytes) const {
    std::uint64_t out = 0;
    crypto_shorthash(reinterpret_cast<unsigned char*>(&out), reinterpret_cast<const unsigned char*>(bytes.data()),
                     bytes.size(), key_.data());
    return out != 0 ? out : 1;
  }
  /// Of a network, apart from those of other lengths.
  [[nodiscard]] std::uint64_t of(const base::Prefix& prefix) const;

 private:
  std::array<unsigned char, crypto_shorthash_KEYBYTES> key_{};
};

/// Whether nobody outside can be told by it: private, shared, link-local, loopback.
[[nodiscard]] bool is_private(const base::Address& address);

/// A profile facet, as its index in history::profile_facets.
enum class Known : std::uint8_t { country, asn, net, device, protocol, hour };

struct Maturity {
  std::uint32_t successes = 5;
  std::uint32_t success_days = 3;
  Seconds age = 7 * seconds_per_day;
};

/// What the login has not used for so long is new, where no rule says otherwise.
inline constexpr Seconds usual_age = 90 * seconds_per_day;

/// What long windows tell apart as one source: an IPv4 address; the /64 of an IPv6 address, of which whoever has it
/// has all.
[[nodiscard]] base::Prefix source_of(const base::Address& address);

/// A source at one width.
struct Level {
  std::uint64_t key = 0;
  base::Prefix prefix;
  [[nodiscard]] bool is_address() const { return prefix.length == prefix.address.bits(); }
};

class Sighting {
 public:
  Sighting(const history::Arrival& arrival, const Hasher& hasher, const AsnKinds& kinds);

  [[nodiscard]] const login::Report& report() const { return *arrival_.report; }
  [[nodiscard]] const geo::Place& place() const { return arrival_.place; }
  [[nodiscard]] const history::Arrival& arrival() const { return arrival_; }
  /// The address; wider and wider networks. None for a report without an address.
  [[nodiscard]] std::span<const Level> levels() const { return std::span(levels_).first(level_count_); }

  /// source_of() the report's address; there must be one.
  [[nodiscard]] const Level& source() const { return levels_[level_count_ == levels_.size() ? 1 : 0]; }
  /// Whether the report has such a value that means something (a private address has no place).
  [[nodiscard]] bool has(Known what) const { return (present_ >> static_cast<unsigned>(what) & 1U) != 0; }
  /// Whether the login ever succeeded with the report's value of it, before.
  [[nodiscard]] bool ever(Known what) const { return value(what).last_success != 0; }
  /// ... within `age` before its last success: what was usual stays so while nobody logs in.
  [[nodiscard]] bool within(Known what, Seconds age) const {
    return ever(what) && value(what).last_success + std::uint64_t{age} >= arrival_.before.last_success;
  }
  [[nodiscard]] unsigned days(Known what) const { return value(what).success_days; }
  [[nodiscard]] bool mature(const Maturity& wanted) const;
  /// Seconds since the last success of the login; 0: there was none, or it is not over.
  [[nodiscard]] Seconds dormant() const;
  /// Country and network (or what is known of them), new within `age`: network is the ASN and the net too.
  [[nodiscard]] bool new_country(Seconds age) const { return has(Known::country) && !within(Known::country, age); }
  [[nodiscard]] bool new_network(Seconds age) const;
  [[nodiscard]] bool new_device(Seconds age) const { return has(Known::device) && !within(Known::device, age); }
  [[nodiscard]] bool usual_device(Seconds age) const { return has(Known::device) && within(Known::device, age); }
  /// Whether the login had succeeded from this net, ever.
  [[nodiscard]] bool net_known() const { return ever(Known::net); }

  history::Time time = 0;
  Seconds now = 0;  ///< the report's time
  std::uint64_t login_key = 0;
  std::uint32_t login = 0;
  std::uint16_t password = 0;  ///< hash of the pwhash; 0: there is none
  std::uint32_t remote = 0;
  std::uint32_t net = 0;
  std::uint8_t network_kinds = 0;
  // What rules before found.
  bool travel_impossible = false;
  unsigned guesses_before = 0;
  unsigned entered_from_here = 0;

 private:
  [[nodiscard]] const history::Familiarity::Value& value(Known what) const {
    return arrival_.before.values[static_cast<std::size_t>(what)];
  }
  void add_level(const Hasher& hasher, unsigned length);

  const history::Arrival& arrival_;
  std::array<Level, 3> levels_;
  std::size_t level_count_ = 0;
  std::uint8_t present_ = 0;
};

}  // namespace trackalert::detect
