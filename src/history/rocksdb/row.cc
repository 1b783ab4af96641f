// SPDX-License-Identifier: Apache-2.0
#include "history/rocksdb/row.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace trackalert::history::rocksdb {
namespace {

/// The fields of a row, in the order of their bytes.
enum class Field : unsigned {
  login,
  remote,
  flags,
  pwhash,
  protocol,
  device_id,
  session_id,
  fail_type,
  attrs,
  attrs_mv,
  device_attrs,
  country,
  city,
  as_name,
  asn,
  position,
};

constexpr unsigned bit(Field field) {
  return 1U << static_cast<unsigned>(field);
}

constexpr double degree_steps = 10'000;  // databases give four decimals

std::uint8_t flags_of(const login::Report& report) {
  return static_cast<std::uint8_t>((report.success ? 1 : 0) | (report.policy_reject ? 2 : 0) | (report.tls ? 4 : 0) |
                                   (report.has_device_attrs ? 8 : 0));
}

void put_address(std::string& out, const base::Address& address) {
  const auto* bytes = reinterpret_cast<const char*>(address.bytes().data());
  out.push_back(address.is_v4() ? '\4' : '\6');
  out.append(bytes, address.bits() / 8);
  if (address.is_v6()) put_varint(out, address.scope());
}

base::Address get_address(Reader& reader) {
  const auto family = reader.byte();
  if (family == 4) {
    std::array<std::uint8_t, 4> bytes{};
    std::ranges::copy(reader.bytes(bytes.size()), bytes.begin());
    return base::Address::v4(bytes);
  }
  std::array<std::uint8_t, 16> bytes{};
  std::ranges::copy(reader.bytes(bytes.size()), bytes.begin());
  const auto scope = reader.varint();
  if (family != 6 || scope > UINT32_MAX) reader.fail();
  return base::Address::v6(bytes, static_cast<std::uint32_t>(scope));
}

/// In steps of 1/10000 where that is the number itself, else its 8 bytes.
void put_number(std::string& out, double value) {
  const double steps = std::round(value * degree_steps);
  const auto bits = std::bit_cast<std::uint64_t>(value);
  if (std::abs(steps) < 1e9 && std::bit_cast<std::uint64_t>((steps + 0.0) / degree_steps) == bits) {
    out.push_back('\0');
    put_signed(out, static_cast<std::int64_t>(steps));
    return;
  }
  out.push_back('\1');
  out.append(reinterpret_cast<const char*>(&bits), sizeof bits);
}

double get_number(Reader& reader) {
  if (reader.byte() == 0) return static_cast<double>(reader.signed_varint()) / degree_steps;
  std::uint64_t bits = 0;
  reader.bytes(sizeof bits).copy(reinterpret_cast<char*>(&bits), sizeof bits);
  return std::bit_cast<double>(bits);
}

void put_attributes(std::string& out, const login::Attributes& attributes) {
  put_varint(out, attributes.size());
  for (const auto& [name, value] : attributes) {
    put_text(out, name);
    put_text(out, value);
  }
}

/// Every element takes at least a byte, so that a count cannot ask for more memory than there are bytes.
std::uint64_t get_count(Reader& reader) {
  const auto count = reader.varint();
  if (count <= reader.rest().size()) return count;
  reader.fail();
  return 0;
}

void get_attributes(Reader& reader, login::Attributes& attributes) {
  attributes.resize(get_count(reader));
  for (auto& [name, value] : attributes) {
    name = reader.text();
    value = reader.text();
  }
}

void put_multi(std::string& out, const login::MultiAttributes& attributes) {
  put_varint(out, attributes.size());
  for (const auto& [name, values] : attributes) {
    put_text(out, name);
    put_varint(out, values.size());
    for (const auto& value : values) put_text(out, value);
  }
}

void get_multi(Reader& reader, login::MultiAttributes& attributes) {
  attributes.resize(get_count(reader));
  for (auto& [name, values] : attributes) {
    name = reader.text();
    values.resize(get_count(reader));
    for (auto& value : values) value = reader.text();
  }
}

bool same_position(const geo::Place& a, const geo::Place& b) {
  return a.has_position == b.has_position &&
         std::bit_cast<std::uint64_t>(a.latitude) == std::bit_cast<std::uint64_t>(b.latitude) &&
         std::bit_cast<std::uint64_t>(a.longitude) == std::bit_cast<std::uint64_t>(b.longitude) &&
         std::bit_cast<std::uint64_t>(a.accuracy_km) == std::bit_cast<std::uint64_t>(b.accuracy_km);
}

unsigned differences(const EventView& event, const EventView& before) {
  const auto& a = event.report;
  const auto& b = before.report;
  unsigned mask = 0;
  const auto note = [&mask](Field field, bool same) { mask |= same ? 0U : bit(field); };
  note(Field::login, a.login == b.login);
  note(Field::remote, a.remote == b.remote);
  note(Field::flags, flags_of(a) == flags_of(b));
  note(Field::pwhash, a.pwhash == b.pwhash);
  note(Field::protocol, a.protocol == b.protocol);
  note(Field::device_id, a.device_id == b.device_id);
  note(Field::session_id, a.session_id == b.session_id);
  note(Field::fail_type, a.fail_type == b.fail_type);
  note(Field::attrs, a.attrs == b.attrs);
  note(Field::attrs_mv, a.attrs_mv == b.attrs_mv);
  note(Field::device_attrs, a.device_attrs == b.device_attrs);
  note(Field::country, event.place.country_code == before.place.country_code);
  note(Field::city, event.place.city == before.place.city);
  note(Field::as_name, event.place.as_name == before.place.as_name);
  note(Field::asn, event.place.asn == before.place.asn);
  note(Field::position, same_position(event.place, before.place));
  return mask;
}

void put_position(std::string& out, const geo::Place& place) {
  out.push_back(place.has_position ? '\1' : '\0');
  put_number(out, place.latitude);
  put_number(out, place.longitude);
  put_number(out, place.accuracy_km);
}

void get_position(Reader& reader, geo::Place& place) {
  place.has_position = reader.byte() != 0;
  place.latitude = get_number(reader);
  place.longitude = get_number(reader);
  place.accuracy_km = get_number(reader);
}

/// Of a row that stands by itself, behind the first byte of its mask, which says whether these fields are there.
RowStart read_start(Reader& reader, unsigned mask) {
  reader.byte();
  RowStart out;
  out.time = reader.signed_varint();
  out.sequence = static_cast<Sequence>(reader.signed_varint());
  if ((mask & bit(Field::login)) != 0) out.login = reader.text();
  return out;
}

}  // namespace

void write_row(std::string& out, const EventView& event, const EventView& before) {
  const auto mask = differences(event, before);
  out.push_back(static_cast<char>(mask));
  out.push_back(static_cast<char>(mask >> 8));
  put_signed(out, event.time - before.time);
  put_signed(out, static_cast<std::int64_t>(event.sequence - before.sequence));
  const auto& report = event.report;
  const auto changed = [mask](Field field) { return (mask & bit(field)) != 0; };
  if (changed(Field::login)) put_text(out, report.login);
  if (changed(Field::remote)) put_address(out, report.remote);
  if (changed(Field::flags)) out.push_back(static_cast<char>(flags_of(report)));
  if (changed(Field::pwhash)) put_text(out, report.pwhash);
  if (changed(Field::protocol)) put_text(out, report.protocol);
  if (changed(Field::device_id)) put_text(out, report.device_id);
  if (changed(Field::session_id)) put_text(out, report.session_id);
  if (changed(Field::fail_type)) put_text(out, report.fail_type);
  if (changed(Field::attrs)) put_attributes(out, report.attrs);
  if (changed(Field::attrs_mv)) put_multi(out, report.attrs_mv);
  if (changed(Field::device_attrs)) put_attributes(out, report.device_attrs);
  if (changed(Field::country)) put_text(out, event.place.country_code);
  if (changed(Field::city)) put_text(out, event.place.city);
  if (changed(Field::as_name)) put_text(out, event.place.as_name);
  if (changed(Field::asn)) put_varint(out, event.place.asn);
  if (changed(Field::position)) put_position(out, event.place);
}

bool read_row(Reader& reader, Event& event) {
  const auto low = reader.byte();
  const unsigned mask = low | static_cast<unsigned>(reader.byte()) << 8;
  // Unsigned, since hostile bytes may overflow.
  event.time =
      static_cast<Time>(static_cast<std::uint64_t>(event.time) + static_cast<std::uint64_t>(reader.signed_varint()));
  event.sequence += static_cast<std::uint64_t>(reader.signed_varint());
  auto& report = event.report;
  auto& place = event.place;
  const auto changed = [mask](Field field) { return (mask & bit(field)) != 0; };
  if (changed(Field::login)) report.login = reader.text();
  if (changed(Field::remote)) report.remote = get_address(reader);
  if (changed(Field::flags)) {
    const auto bits = reader.byte();
    report.success = (bits & 1) != 0;
    report.policy_reject = (bits & 2) != 0;
    report.tls = (bits & 4) != 0;
    report.has_device_attrs = (bits & 8) != 0;
  }
  if (changed(Field::pwhash)) report.pwhash = reader.text();
  if (changed(Field::protocol)) report.protocol = reader.text();
  if (changed(Field::device_id)) report.device_id = reader.text();
  if (changed(Field::session_id)) report.session_id = reader.text();
  if (changed(Field::fail_type)) report.fail_type = reader.text();
  if (changed(Field::attrs)) get_attributes(reader, report.attrs);
  if (changed(Field::attrs_mv)) get_multi(reader, report.attrs_mv);
  if (changed(Field::device_attrs)) get_attributes(reader, report.device_attrs);
  if (changed(Field::country)) place.country_code = reader.text();
  if (changed(Field::city)) place.city = reader.text();
  if (changed(Field::as_name)) place.as_name = reader.text();
  if (changed(Field::asn)) place.asn = static_cast<std::uint32_t>(reader.varint());
  if (changed(Field::position)) get_position(reader, place);
  report.t = static_cast<double>(event.time) / static_cast<double>(second);
  return !reader.bad();
}

void write_page_head(std::string& out, PageKind kind, std::size_t rows) {
  out.push_back(static_cast<char>(kind));
  put_varint(out, rows);
}

RowStart read_row_start(std::string_view row) {
  Reader reader(row);
  return read_start(reader, reader.byte());
}

RowHead read_row_head(std::string_view row) {
  Reader reader(row);
  const auto mask = reader.byte();
  RowHead out{.start = read_start(reader, mask), .remote = {}};
  if ((mask & bit(Field::remote)) != 0) out.remote = get_address(reader);
  return out;
}

}  // namespace trackalert::history::rocksdb
