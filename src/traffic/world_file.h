// SPDX-License-Identifier: Apache-2.0
// What a world looks like to others: a database of places for newGeoIP2DB, and the kinds of its networks. Pure.
#pragma once

#include <string>

#include "base/result.h"
#include "traffic/world.h"

namespace trackalert::traffic {

/// A MaxMind DB file in the schema of GeoIP2 City, with autonomous_system_number and _organization within traits: the
/// country, city, position and accuracy of every address of the world, IPv4 and IPv6.
[[nodiscard]] base::Result<std::string> geo_database(const World& world);

/// The networks that are not a home's or a company's, a line each: "mobile 500002 # Germany Mobile".
[[nodiscard]] std::string network_kinds(const World& world);

}  // namespace trackalert::traffic
