// SPDX-License-Identifier: Apache-2.0
#include "geo/distance.h"

#include <gtest/gtest.h>

#include <numbers>

namespace trackalert::geo {
namespace {

TEST(GreatCircle, KnownDistances) {
  EXPECT_EQ(great_circle_km(51.5, -0.1, 51.5, -0.1), 0);
  // A quarter of a meridian, half of the equator.
  EXPECT_NEAR(great_circle_km(0, 0, 90, 0), earth_radius_km * std::numbers::pi / 2, 1e-6);
  EXPECT_NEAR(great_circle_km(0, 0, 0, 180), earth_radius_km * std::numbers::pi, 1e-6);
  // London to Paris, New York to Sydney: of the spherical Earth.
  EXPECT_NEAR(great_circle_km(51.5074, -0.1278, 48.8566, 2.3522), 343.6, 0.1);
  EXPECT_NEAR(great_circle_km(40.7128, -74.0060, -33.8688, 151.2093), 15988.8, 1);
}

TEST(GreatCircle, CrossesTheDateLine) {
  EXPECT_NEAR(great_circle_km(0, 179.5, 0, -179.5), great_circle_km(0, 0, 0, 1), 1e-9);
}

TEST(GreatCircle, IsSymmetricAndPreciseNearby) {
  EXPECT_EQ(great_circle_km(10, 20, 30, 40), great_circle_km(30, 40, 10, 20));
  // One metre to the north.
  EXPECT_NEAR(great_circle_km(60, 10, 60 + 1 / 111195.08, 10), 0.001, 1e-8);
}

TEST(GreatCircle, AntipodesAreFinite) {
  for (double latitude = -90; latitude <= 90; latitude += 0.37) {
    for (double longitude = -180; longitude <= 0; longitude += 1.7) {
      const double distance = great_circle_km(latitude, longitude, -latitude, longitude + 180);
      EXPECT_NEAR(distance, earth_radius_km * std::numbers::pi, 1e-3) << latitude << " " << longitude;
    }
  }
}

}  // namespace
}  // namespace trackalert::geo
