// SPDX-License-Identifier: Apache-2.0
// The countries of the generated world and three cities of each. Constants.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

namespace trackalert::traffic {

struct City {
  std::string_view name;
  double latitude;   ///< degrees
  double longitude;  ///< degrees
};

enum class Continent : std::uint8_t { europe, north_america, south_america, asia, africa, oceania };

struct Country {
  std::string_view code;  ///< ISO 3166-1
  std::string_view name;
  Continent continent;
  int utc_offset_min;
  std::array<City, 3> cities;  ///< the first has the mobile carriers' gateways
};

/// In an order that stays: others hold indices.
[[nodiscard]] std::span<const Country> countries();

}  // namespace trackalert::traffic
