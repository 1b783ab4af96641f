// SPDX-License-Identifier: Apache-2.0
#include "geo/place.h"

#include <charconv>
#include <cmath>
#include <limits>
#include <optional>

#include "base/ascii.h"

namespace trackalert::geo {
namespace {

/// What a record says, before it is judged.
struct Found {
  std::optional<double> latitude;
  std::optional<double> longitude;
  std::optional<double> accuracy_km;
};

void add_country(std::string_view text, Place& place) {
  if (!place.country_code.empty() || text.size() != 2 || !std::ranges::all_of(text, base::is_letter)) return;
  place.country_code = {base::to_upper(text[0]), base::to_upper(text[1])};
}

void add_name(std::string_view text, std::string& name) {
  if (!name.empty()) return;
  if (text.size() > max_name_bytes) {
    std::size_t length = max_name_bytes;
    while (length > 0 && (static_cast<unsigned char>(text[length]) & 0xc0) == 0x80) --length;
    text = text.substr(0, length);
  }
  name = text;
}

void add_asn(const Field& value, Place& place) {
  if (place.asn != 0) return;
  if (const auto number = value.unsigned_integer()) {
    if (*number <= std::numeric_limits<std::uint32_t>::max()) place.asn = static_cast<std::uint32_t>(*number);
    return;
  }
  auto text = value.text();
  if (text.starts_with("AS")) text.remove_prefix(2);
  std::uint32_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error == std::errc{} && end == text.data() + text.size()) place.asn = number;
}

std::optional<double> number(const Field& value) {
  if (const auto floating = value.floating()) return floating;
  if (const auto integer = value.unsigned_integer()) return static_cast<double>(*integer);
  return std::nullopt;
}

/// What is spelt alike in a record, in its location and in its traits.
void add_member(std::string_view key, const Field& value, Found& found, Place& place) {
  if (key == "latitude") found.latitude = number(value);
  if (key == "longitude") found.longitude = number(value);
  if (key == "accuracy_radius") found.accuracy_km = number(value);
  if (key == "autonomous_system_number" || key == "asn") add_asn(value, place);
  if (key == "autonomous_system_organization" || key == "as_name") add_name(value.text(), place.as_name);
}

void add_position(const Found& found, Place& place) {
  if (place.has_position || !found.latitude || !found.longitude) return;
  const double latitude = *found.latitude;
  const double longitude = *found.longitude;
  // Written so that NaN fails.
  if (!(std::abs(latitude) <= 90 && std::abs(longitude) <= 180) || (latitude == 0 && longitude == 0)) return;
  place.has_position = true;
  place.latitude = latitude;
  place.longitude = longitude;
  const double accuracy_km = found.accuracy_km.value_or(0);
  place.accuracy_km = std::isfinite(accuracy_km) && accuracy_km > 0 ? accuracy_km : 0;
}

}  // namespace

void add_to_place(const Field& record, Place& place) {
  Found found;
  record.each_member([&](std::string_view key, const Field& value) {
    if (key == "location" || key == "traits") {
      value.each_member([&](std::string_view inner, const Field& field) { add_member(inner, field, found, place); });
    } else if (key == "country" || key == "country_code") {
      add_country(value.is_map() ? value["iso_code"].text() : value.text(), place);
    } else if (key == "city") {
      add_name(value.is_map() ? value["names"]["en"].text() : value.text(), place.city);
    } else {
      add_member(key, value, found, place);
    }
  });
  add_position(found, place);
}

void add_to_place(const Place& other, Place& place) {
  if (place.country_code.empty()) place.country_code = other.country_code;
  if (place.city.empty()) place.city = other.city;
  if (place.as_name.empty()) place.as_name = other.as_name;
  if (place.asn == 0) place.asn = other.asn;
  if (place.has_position || !other.has_position) return;
  place.has_position = true;
  place.latitude = other.latitude;
  place.longitude = other.longitude;
  place.accuracy_km = other.accuracy_km;
}

}  // namespace trackalert::geo
