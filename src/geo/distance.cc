// SPDX-License-Identifier: Apache-2.0
#include "geo/distance.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace trackalert::geo {
namespace {

double radians(double degrees) {
  return degrees * std::numbers::pi / 180;
}

double square(double x) {
  return x * x;
}

}  // namespace

double great_circle_km(double latitude_a, double longitude_a, double latitude_b, double longitude_b) {
  const double haversine = square(std::sin(radians(latitude_b - latitude_a) / 2)) +
                           std::cos(radians(latitude_a)) * std::cos(radians(latitude_b)) *
                               square(std::sin(radians(longitude_b - longitude_a) / 2));
  // Rounding can carry antipodes out of the domain of asin.
  return 2 * earth_radius_km * std::asin(std::sqrt(std::clamp(haversine, 0.0, 1.0)));
}

}  // namespace trackalert::geo
