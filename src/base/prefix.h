// SPDX-License-Identifier: Apache-2.0
// Networks in CIDR notation, and sets of them with exceptions.
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/address.h"
#include "base/result.h"

namespace trackalert::base {

struct Prefix {
  Address address;
  unsigned length = 0;  ///< bits

  [[nodiscard]] bool contains(const Address& other) const;
  /// "192.0.2.0/24": the network, host bits cleared.
  [[nodiscard]] std::string to_string() const;
  bool operator==(const Prefix&) const = default;
};

/// "192.0.2.0/24", or a bare address, which means its full length. A length beyond the family's is an error.
[[nodiscard]] Result<Prefix> parse_prefix(std::string_view text);

/// A set of networks; the longest match decides, and an entry may be an exception ("!10.1.0.0/16"). IPv4 and IPv6 stand
/// apart. Not thread safe.
class PrefixSet {
 public:
  /// Adds, or changes the sign of, one network. `text` may start with "!".
  [[nodiscard]] Result<void> add(std::string_view text);
  void add(const Prefix& prefix, bool positive);
  void clear();

  [[nodiscard]] bool contains(const Address& address) const;
  [[nodiscard]] std::size_t size() const { return entries_.size(); }
  /// In the order of their addition, exceptions with a leading "!".
  [[nodiscard]] std::vector<std::string> to_strings() const;

 private:
  struct Hash {
    std::size_t operator()(const Address& address) const;
  };
  using ByAddress = boost::unordered_flat_map<Address, std::size_t, Hash>;
  struct Entry {
    Prefix prefix;
    bool positive;
  };

  std::vector<Entry> entries_;
  /// Per family, per length (longest first), masked address to index in entries_.
  std::map<unsigned, ByAddress, std::greater<>> by_length_[2];
};

}  // namespace trackalert::base
