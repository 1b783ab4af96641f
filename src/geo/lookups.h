// SPDX-License-Identifier: Apache-2.0
// What operators' scripts ask of a record, in MaxMind's schema. What is missing, or of another type than the question,
// is empty, 0 or false.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "geo/field.h"

namespace trackalert::geo {

/// The names are those of the Lua object GeoIPRecord.
struct CityRecord {
  std::string country_code;
  std::string country_name;
  std::string region;
  std::string city;
  std::string postal_code;
  std::string continent_code;
  double latitude = 0;
  double longitude = 0;

  bool operator==(const CityRecord&) const = default;
};

/// Names of members and decimal indices of elements (negative: from the end), from the outside in.
using Path = std::span<const std::string>;
/// Longer ones lead nowhere.
inline constexpr std::size_t max_path_length = 64;

[[nodiscard]] std::string country_of(const Field& record);
[[nodiscard]] std::string isp_of(const Field& record);
[[nodiscard]] CityRecord city_of(const Field& record);

/// Absent for an empty path.
[[nodiscard]] Field follow(const Field& record, Path path);
[[nodiscard]] std::string string_at(const Field& record, Path path);
[[nodiscard]] std::uint64_t unsigned_at(const Field& record, Path path);
[[nodiscard]] bool boolean_at(const Field& record, Path path);
[[nodiscard]] double double_at(const Field& record, Path path);

}  // namespace trackalert::geo
