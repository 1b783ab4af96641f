// SPDX-License-Identifier: Apache-2.0
#include "history/facet.h"

#include <fmt/format.h>
#include <sodium.h>

#include <algorithm>
#include <bit>
#include <charconv>
#include <cstring>

#include "base/ascii.h"

namespace trackalert::history {
namespace {

struct Name {
  Facet facet;
  std::string_view name;
};
constexpr std::array<Name, 11> names{{{Facet::all, "all"},
                                      {Facet::login, "login"},
                                      {Facet::remote, "remote"},
                                      {Facet::net, "net"},
                                      {Facet::asn, "asn"},
                                      {Facet::country, "country"},
                                      {Facet::device, "device"},
                                      {Facet::protocol, "protocol"},
                                      {Facet::fail_type, "fail_type"},
                                      {Facet::pwhash, "pwhash"},
                                      {Facet::hour_of_week, "hour_of_week"}}};

constexpr std::size_t max_device_bytes = 96;

struct DeviceParts {
  std::string_view system;
  std::string_view program;
  std::string_view device;
};

/// One walk over all attributes, of which there are a dozen. Each of the five names has a length of its own.
DeviceParts device_parts(const login::Attributes& attributes) {
  DeviceParts parts;
  std::string_view imap_client;
  std::string_view app;
  const auto take = [](const auto& attribute, std::string_view name, std::string_view& into) {
    if (attribute.first == name) into = attribute.second;
  };
  for (const auto& attribute : attributes) {
    switch (attribute.first.size()) {
      case 8:
        take(attribute, "app.name", app);
        break;
      case 9:
        take(attribute, "os.family", parts.system);
        break;
      case 12:
        take(attribute, "imapc.family", imap_client);
        break;
      case 13:
        take(attribute, "device.family", parts.device);
        break;
      case 14:
        take(attribute, "browser.family", parts.program);
        break;
      default:
        break;
    }
  }
  if (parts.program.empty()) parts.program = imap_client.empty() ? app : imap_client;
  return parts;
}

/// Device_text() into a buffer.
std::string_view write_device(const login::Attributes& attributes, ValueBuffer& buffer) {
  const auto [system, program, device] = device_parts(attributes);
  if (system.empty() && program.empty() && device.empty()) return {};
  std::size_t size = 0;
  const auto write = [&](std::string_view part) {
    part = part.substr(0, buffer.size() - size);
    part.copy(buffer.data() + size, part.size());
    size += part.size();
  };
  for (const auto part : {system, program, device}) {
    if (size > 0) write(" / ");
    write(part.empty() ? "-" : part);
  }
  return {buffer.data(), std::min(size, max_device_bytes)};
}

template <std::unsigned_integral T>
std::string_view write_big(T value, ValueBuffer& buffer) {
  for (std::size_t i = 0; i < sizeof value; ++i) {
    buffer[i] = static_cast<char>(value >> (8 * (sizeof value - 1 - i)) & 0xff);
  }
  return {buffer.data(), sizeof value};
}

std::uint32_t read_big(std::string_view bytes) {
  std::uint32_t value = 0;
  for (const char byte : bytes) value = value << 8 | static_cast<unsigned char>(byte);
  return value;
}

std::string_view write_address(const base::Address& address, std::size_t size, ValueBuffer& buffer) {
  std::memcpy(buffer.data(), address.bytes().data(), size);
  return {buffer.data(), size};
}

/// How many bytes of the address are its net.
std::size_t net_bytes(const base::Address& address) {
  return address.is_v4() ? 3 : 6;
}

base::Address read_address(std::string_view bytes, bool is_v4) {
  std::array<std::uint8_t, 16> padded{};
  std::ranges::copy(bytes, padded.begin());
  if (!is_v4) return base::Address::v6(padded);
  return base::Address::v4({padded[0], padded[1], padded[2], padded[3]});
}

/// A text that is too long keeps its beginning, for people, and a hash that nobody finds a second text for.
std::string_view shortened(std::string_view text, ValueBuffer& buffer) {
  if (text.size() <= max_value_bytes) return text;
  constexpr std::size_t hash_bytes = 16;
  static_assert(hash_bytes >= crypto_generichash_BYTES_MIN);
  std::array<unsigned char, hash_bytes> hash;
  crypto_generichash(hash.data(), hash.size(), reinterpret_cast<const unsigned char*>(text.data()), text.size(),
                     nullptr, 0);
  std::size_t size = max_value_bytes - 1 - 2 * hash_bytes;
  for (int steps = 0; steps < 3 && (static_cast<unsigned char>(text[size]) & 0xc0) == 0x80; ++steps) --size;
  std::memcpy(buffer.data(), text.data(), size);
  buffer[size++] = '~';
  for (const unsigned char byte : hash) {
    constexpr std::string_view digits = "0123456789abcdef";
    buffer[size++] = digits[byte >> 4];
    buffer[size++] = digits[byte & 15];
  }
  return {buffer.data(), size};
}

std::optional<std::string_view> text_value(std::string_view text, ValueBuffer& buffer) {
  return text.empty() ? std::nullopt : std::optional(shortened(text, buffer));
}

/// The whole text as a decimal number within limits.
std::optional<std::uint32_t> parse_number(std::string_view text, std::uint32_t least, std::uint32_t most) {
  std::uint32_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size() || number < least || number > most) return std::nullopt;
  return number;
}

base::Result<std::string> net_from_text(std::string_view text) {
  const auto prefix = base::parse_prefix(text);
  if (!prefix) return base::fail("net: not a network: {}", text);
  auto address = prefix->address;
  if (text.find('/') == text.npos) {
    address = address.unmapped();
  } else if (prefix->length != net_of(address).length) {
    return base::fail("net: wants a /24 of IPv4 or a /48 of IPv6: {}", text);
  }
  ValueBuffer buffer;
  return std::string(write_address(address, net_bytes(address), buffer));
}

base::Result<std::string> country_from_text(std::string_view text) {
  if (text.size() != 2 || !std::ranges::all_of(text, base::is_letter)) {
    return base::fail("country: not two letters: {}", text);
  }
  return std::string{base::to_upper(text[0]), base::to_upper(text[1])};
}

}  // namespace

std::string_view facet_name(Facet facet) {
  return std::ranges::find(names, facet, &Name::facet)->name;
}

std::optional<Facet> facet_by_name(std::string_view name) {
  const auto* const found = std::ranges::find(names, name, &Name::name);
  return found == names.end() ? std::nullopt : std::optional(found->facet);
}

base::Prefix net_of(const base::Address& address) {
  const unsigned length = address.is_v4() ? 24 : 48;
  return {address.masked(length), length};
}

std::string device_text(const login::Attributes& device_attrs) {
  ValueBuffer buffer;
  return std::string(write_device(device_attrs, buffer));
}

unsigned hour_of_week(Time time) {
  constexpr Time week = 7 * day;
  constexpr Time thursday = 3 * day;  // when 1970 began
  const Time rest = time % week;
  return static_cast<unsigned>(((rest < 0 ? rest + week : rest) + thursday) % week / hour);
}

std::string facet_text(Facet facet, const EventView& event) {
  const auto& report = event.report;
  switch (facet) {
    case Facet::all:
      return "all";
    case Facet::login:
      return report.login;
    case Facet::remote:
      return has_remote(report) ? report.remote.to_string() : std::string{};
    case Facet::net:
      return has_remote(report) ? net_of(report.remote).to_string() : std::string{};
    case Facet::asn:
      return event.place.asn == 0 ? std::string{} : std::to_string(event.place.asn);
    case Facet::country:
      return event.place.country_code;
    case Facet::device:
      return device_text(report.device_attrs);
    case Facet::protocol:
      return report.protocol;
    case Facet::fail_type:
      return report.fail_type;
    case Facet::pwhash:
      return report.pwhash;
    case Facet::hour_of_week:
      return std::to_string(hour_of_week(event.time));
  }
  return {};
}

std::optional<std::string_view> value_of(Facet facet, const EventView& event, ValueBuffer& buffer) {
  const auto& report = event.report;
  switch (facet) {
    case Facet::all:
      return std::string_view{};
    case Facet::login:
      return text_value(report.login, buffer);
    case Facet::remote:
      if (!has_remote(report)) return std::nullopt;
      return write_address(report.remote, report.remote.bits() / 8, buffer);
    case Facet::net:
      if (!has_remote(report)) return std::nullopt;
      return write_address(report.remote, net_bytes(report.remote), buffer);
    case Facet::asn:
      if (event.place.asn == 0) return std::nullopt;
      return write_big(event.place.asn, buffer);
    case Facet::country:
      return text_value(event.place.country_code, buffer);
    case Facet::device: {
      const auto text = write_device(report.device_attrs, buffer);
      return text.empty() ? std::nullopt : std::optional(text);
    }
    case Facet::protocol:
      return text_value(report.protocol, buffer);
    case Facet::fail_type:
      return text_value(report.fail_type, buffer);
    case Facet::pwhash:
      return text_value(report.pwhash, buffer);
    case Facet::hour_of_week:
      return write_big(static_cast<std::uint8_t>(hour_of_week(event.time)), buffer);
  }
  return std::nullopt;
}

bool append_value(Facet facet, const EventView& event, std::string& out) {
  ValueBuffer buffer;
  const auto value = value_of(facet, event, buffer);
  if (value) out += *value;
  return value.has_value();
}

base::Result<std::string> value_from_text(Facet facet, std::string_view text) {
  ValueBuffer buffer;
  switch (facet) {
    case Facet::all:
      if (!text.empty() && text != "all") return base::fail("all: wants no value: {}", text);
      return std::string{};
    case Facet::remote: {
      const auto parsed = base::parse_address(text);
      const auto address = parsed ? parsed->unmapped() : base::Address{};
      if (address == base::Address{}) return base::fail("remote: not an address: {}", text);
      return std::string(write_address(address, address.bits() / 8, buffer));
    }
    case Facet::net:
      return net_from_text(text);
    case Facet::asn: {
      const bool prefixed = text.size() > 2 && (text.starts_with("AS") || text.starts_with("as"));
      const auto number = parse_number(prefixed ? text.substr(2) : text, 1, 0xffffffff);
      if (!number) return base::fail("asn: not the number of an autonomous system: {}", text);
      return std::string(write_big(*number, buffer));
    }
    case Facet::country:
      return country_from_text(text);
    case Facet::hour_of_week: {
      const auto number = parse_number(text, 0, 167);
      if (!number) return base::fail("hour_of_week: not a number from 0 to 167: {}", text);
      return std::string(write_big(static_cast<std::uint8_t>(*number), buffer));
    }
    default:
      if (text.empty()) return base::fail("{}: wants a text that is not empty", facet_name(facet));
      return std::string(shortened(text, buffer));
  }
}

std::string value_to_text(Facet facet, std::string_view value) {
  switch (facet) {
    case Facet::all:
      return value.empty() ? "all" : "";
    case Facet::remote:
      if (value.size() != 4 && value.size() != 16) return {};
      return read_address(value, value.size() == 4).to_string();
    case Facet::net:
      if (value.size() != 3 && value.size() != 6) return {};
      return net_of(read_address(value, value.size() == 3)).to_string();
    case Facet::asn:
      return value.size() == 4 ? std::to_string(read_big(value)) : std::string{};
    case Facet::hour_of_week:
      return value.size() == 1 ? std::to_string(read_big(value)) : std::string{};
    default:
      return std::string(value);
  }
}

}  // namespace trackalert::history
