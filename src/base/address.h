// SPDX-License-Identifier: Apache-2.0
// IP addresses, and addresses with a port. Plain values, safe to copy anywhere.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

struct sockaddr;

namespace trackalert::base {

/// An IPv4 or IPv6 address. IPv4 is held in the first 4 bytes, the rest zero.
class Address {
 public:
  enum class Family : std::uint8_t { v4, v6 };

  /// 0.0.0.0
  constexpr Address() = default;
  static Address v4(std::array<std::uint8_t, 4> bytes);
  static Address v6(std::array<std::uint8_t, 16> bytes, std::uint32_t scope = 0);
  static Address from_sockaddr(const sockaddr& address);

  [[nodiscard]] Family family() const { return family_; }
  [[nodiscard]] bool is_v4() const { return family_ == Family::v4; }
  [[nodiscard]] bool is_v6() const { return family_ == Family::v6; }
  [[nodiscard]] bool is_mapped_v4() const;
  /// ::ffff:a.b.c.d becomes a.b.c.d; any other stays as it is.
  [[nodiscard]] Address unmapped() const;
  /// 32 or 128
  [[nodiscard]] unsigned bits() const { return is_v4() ? 32 : 128; }
  /// The bytes in network order; 4 or 16 of them count.
  [[nodiscard]] const std::array<std::uint8_t, 16>& bytes() const { return bytes_; }
  [[nodiscard]] std::uint32_t scope() const { return scope_; }
  /// All bits behind the first `length` cleared, the scope too. `length` beyond bits() counts as bits().
  [[nodiscard]] Address masked(unsigned length) const;
  /// Compressed, lower case, a link-local scope as %interface; no port.
  [[nodiscard]] std::string to_string() const;

  auto operator<=>(const Address&) const = default;

 private:
  std::array<std::uint8_t, 16> bytes_{};
  std::uint32_t scope_ = 0;
  Family family_ = Family::v4;
};

/// Address and TCP port.
struct Endpoint {
  Address address;
  std::uint16_t port = 0;

  /// "192.0.2.1:80" or "[2001:db8::1]:80"
  [[nodiscard]] std::string to_string() const;
  bool operator==(const Endpoint&) const = default;
};

/// One address without a port: dotted quad as inet_pton(3) reads it, or IPv6 with an optional %scope.
[[nodiscard]] Result<Address> parse_address(std::string_view text);

/// An address with or without a port, as operators and wforce write it: "IP", "IPv4:port", "[IPv6]:port" (brackets need
/// a port), IPv4 in every spelling of inet_aton(3). Without a port, `default_port`.
[[nodiscard]] Result<Endpoint> parse_endpoint(std::string_view text, std::uint16_t default_port = 0);

}  // namespace trackalert::base
