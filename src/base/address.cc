// SPDX-License-Identifier: Apache-2.0
#include "base/address.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <optional>

namespace trackalert::base {
namespace {

constexpr std::array<std::uint8_t, 12> mapped_prefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

std::unexpected<Error> not_an_address(std::string_view text) {
  return fail("Unable to convert presentation address '{}'", text);
}

std::optional<Address> parse_v6(std::string_view text) {
  std::uint32_t scope = 0;
  if (const auto percent = text.find('%'); percent != text.npos) {
    const std::string name(text.substr(percent + 1));
    text = text.substr(0, percent);
    if (name.empty()) return std::nullopt;
    scope = if_nametoindex(name.c_str());
    if (scope == 0) {
      const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), scope);
      if (error != std::errc{} || end != name.data() + name.size()) return std::nullopt;
    }
  }
  std::array<std::uint8_t, 16> bytes{};
  if (inet_pton(AF_INET6, std::string(text).c_str(), bytes.data()) != 1) return std::nullopt;
  return Address::v6(bytes, scope);
}

/// IPv4 in every spelling of inet_aton(3): "127.1", "0x7f000001", octal parts, junk behind a blank.
std::optional<Address> parse_loose_v4(std::string_view text) {
  in_addr parsed{};
  if (text.find('\0') != text.npos || inet_aton(std::string(text).c_str(), &parsed) == 0) return std::nullopt;
  std::array<std::uint8_t, 4> bytes{};
  std::memcpy(bytes.data(), &parsed.s_addr, bytes.size());
  return Address::v4(bytes);
}

/// Four decimal numbers without leading zeros: what nearly every client sends, and means the same to every reader.
std::optional<Address> parse_plain_v4(std::string_view text) {
  std::array<std::uint8_t, 4> bytes{};
  if (inet_pton(AF_INET, std::string(text).c_str(), bytes.data()) != 1) return std::nullopt;
  return Address::v4(bytes);
}

std::optional<std::uint16_t> parse_port(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc{} || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return port;
}

}  // namespace

Address Address::v4(std::array<std::uint8_t, 4> bytes) {
  Address out;
  std::copy(bytes.begin(), bytes.end(), out.bytes_.begin());
  return out;
}

Address Address::v6(std::array<std::uint8_t, 16> bytes, std::uint32_t scope) {
  Address out;
  out.bytes_ = bytes;
  out.scope_ = scope;
  out.family_ = Family::v6;
  return out;
}

Address Address::from_sockaddr(const sockaddr& address) {
  if (address.sa_family == AF_INET6) {
    sockaddr_in6 v6_address{};
    std::memcpy(&v6_address, &address, sizeof v6_address);
    std::array<std::uint8_t, 16> bytes{};
    std::memcpy(bytes.data(), &v6_address.sin6_addr, bytes.size());
    return v6(bytes, v6_address.sin6_scope_id);
  }
  if (address.sa_family != AF_INET) return {};
  sockaddr_in v4_address{};
  std::memcpy(&v4_address, &address, sizeof v4_address);
  std::array<std::uint8_t, 4> bytes{};
  std::memcpy(bytes.data(), &v4_address.sin_addr, bytes.size());
  return v4(bytes);
}

bool Address::is_mapped_v4() const {
  return is_v6() && std::equal(mapped_prefix.begin(), mapped_prefix.end(), bytes_.begin());
}

Address Address::unmapped() const {
  if (!is_mapped_v4()) return *this;
  return v4({bytes_[12], bytes_[13], bytes_[14], bytes_[15]});
}

Address Address::masked(unsigned length) const {
  Address out = *this;
  out.scope_ = 0;
  length = std::min(length, bits());
  for (unsigned bit = length; bit < bits();) {
    if (bit % 8 == 0) {
      out.bytes_[bit / 8] = 0;
      bit += 8;
    } else {
      out.bytes_[bit / 8] = static_cast<std::uint8_t>(out.bytes_[bit / 8] & (0xff << (8 - bit % 8)));
      bit += 8 - bit % 8;
    }
  }
  return out;
}

std::string Address::to_string() const {
  char text[INET6_ADDRSTRLEN] = "";
  inet_ntop(is_v4() ? AF_INET : AF_INET6, bytes_.data(), text, sizeof text);
  std::string out = text;
  if (scope_ != 0) {
    char name[IF_NAMESIZE] = "";
    out += '%';
    out += if_indextoname(scope_, name) != nullptr ? std::string(name) : std::to_string(scope_);
  }
  return out;
}

std::string Endpoint::to_string() const {
  return address.is_v4() ? fmt::format("{}:{}", address.to_string(), port)
                         : fmt::format("[{}]:{}", address.to_string(), port);
}

Result<Address> parse_address(std::string_view text) {
  if (text.find('\0') != text.npos) return not_an_address(text);
  if (const auto address = parse_plain_v4(text)) return *address;
  if (const auto address = parse_v6(text)) return *address;
  return not_an_address(text);
}

Result<Endpoint> parse_endpoint(std::string_view text, std::uint16_t default_port) {
  if (text.find('\0') != text.npos) return not_an_address(text);
  if (const auto address = parse_plain_v4(text)) return Endpoint{*address, default_port};
  if (text.starts_with('[')) {
    const auto bracket = text.find("]:");
    if (bracket == text.npos) return not_an_address(text);
    const auto address = parse_v6(text.substr(1, bracket - 1));
    const auto port = parse_port(text.substr(bracket + 2));
    if (!address || !port) return not_an_address(text);
    return Endpoint{*address, *port};
  }
  if (const auto address = parse_v6(text)) return Endpoint{*address, default_port};
  if (const auto address = parse_loose_v4(text)) return Endpoint{*address, default_port};
  if (const auto colon = text.find(':'); colon != text.npos) {
    const auto address = parse_loose_v4(text.substr(0, colon));
    const auto port = parse_port(text.substr(colon + 1));
    if (address && port) return Endpoint{*address, *port};
  }
  return not_an_address(text);
}

}  // namespace trackalert::base
