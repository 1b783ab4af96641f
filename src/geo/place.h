// SPDX-License-Identifier: Apache-2.0
// Where an address is and whose it is, as far as the open databases know.
#pragma once

#include <cstdint>
#include <string>

#include "geo/field.h"

namespace trackalert::geo {

/// Plain value. What is not known is empty or 0.
struct Place {
  std::string country_code;  ///< ISO 3166-1, two capital letters
  std::string city;          ///< English name, UTF-8, at most max_name_bytes
  std::string as_name;       ///< whose the autonomous system is; as city
  std::uint32_t asn = 0;
  bool has_position = false;  ///< whether the three below mean anything
  double latitude = 0;        ///< degrees, -90 to 90
  double longitude = 0;       ///< degrees, -180 to 180
  double accuracy_km = 0;     ///< radius; 0: the database does not say

  bool operator==(const Place&) const = default;
};

/// Longer names are cut between characters.
inline constexpr std::size_t max_name_bytes = 128;

/// Fills what `place` lacks from a record, which may follow either schema, or a mixture:
///   MaxMind's: country.iso_code, city.names.en, location.{latitude, longitude, accuracy_radius},
///     autonomous_system_{number, organization}, the last two also within traits;
///   the flat one of free data: country_code or country, city, latitude, longitude, accuracy_radius,
///     autonomous_system_{number, organization} or asn (1 or "AS1") and as_name.
/// Nonsense is passed over: a country that is not two letters, a position off the globe, and 0/0, which stands for
/// "unknown" in some data and where nobody lives. Latitude, longitude and accuracy are taken from one record.
void add_to_place(const Field& record, Place& place);
/// The same from a place that was filled from one record alone.
void add_to_place(const Place& other, Place& place);

}  // namespace trackalert::geo
