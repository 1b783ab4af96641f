// SPDX-License-Identifier: Apache-2.0
#include "geo/place.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "geo/mmdb_for_tests.h"

namespace trackalert::geo {
namespace {

using mmdb::f32;
using mmdb::f64;
using mmdb::map;
using mmdb::text;
using mmdb::u16;
using mmdb::u32;

Place place_of(const mmdb::Bytes& record, Place place = {}) {
  const Field::Bytes bytes(reinterpret_cast<const std::uint8_t*>(record.data()), record.size());
  add_to_place(Field::at(bytes, 0), place);
  return place;
}

TEST(Place, ReadsTheSchemaOfMaxMind) {
  const Place expected{.country_code = "DE",
                       .city = "Köln",
                       .as_name = "Example Net",
                       .asn = 64500,
                       .has_position = true,
                       .latitude = 50.9375,
                       .longitude = -6.5,
                       .accuracy_km = 20};
  const auto city = map({{"city", map({{"names", map({{"de", text("Colonia")}, {"en", text("Köln")}})}})},
                         {"continent", map({{"code", text("EU")}})},
                         {"country", map({{"names", map({{"en", text("Germany")}})}, {"iso_code", text("DE")}})},
                         {"location", map({{"accuracy_radius", u16(20)},
                                           {"latitude", f64(50.9375)},
                                           {"longitude", f32(-6.5)},
                                           {"time_zone", text("Europe/Berlin")}})},
                         {"registered_country", map({{"iso_code", text("US")}})}});
  const auto asn =
      map({{"autonomous_system_number", u32(64500)}, {"autonomous_system_organization", text("Example Net")}});
  EXPECT_EQ(place_of(asn, place_of(city)), expected);
  EXPECT_EQ(place_of(city, place_of(asn)), expected);
  // The enterprise edition has all in one.
  EXPECT_EQ(place_of(map({{"traits", asn}})).asn, 64500);
  EXPECT_EQ(place_of(map({{"traits", asn}})).as_name, "Example Net");
}

TEST(Place, ReadsTheFlatSchema) {
  const auto place = place_of(map({{"city", text("Oslo")},
                                   {"country_code", text("no")},
                                   {"latitude", f32(59.5)},
                                   {"longitude", f32(10.75)},
                                   {"postcode", text("0150")},
                                   {"asn", text("AS64501")},
                                   {"as_name", text("Example AS")}}));
  EXPECT_EQ(place, (Place{.country_code = "NO",
                          .city = "Oslo",
                          .as_name = "Example AS",
                          .asn = 64501,
                          .has_position = true,
                          .latitude = 59.5,
                          .longitude = 10.75}));
  EXPECT_EQ(place_of(map({{"country", text("SE")}})).country_code, "SE");
  EXPECT_EQ(place_of(map({{"country", text("Sweden")}, {"country_code", text("SE")}})).country_code, "SE");
  EXPECT_EQ(place_of(map({{"asn", u32(7)}})).asn, 7);
}

TEST(Place, WhatIsKnownStays) {
  const Place first{.country_code = "FR", .city = "Paris", .asn = 1, .has_position = true, .latitude = 1};
  const auto place = place_of(map({{"city", text("Oslo")},
                                   {"country_code", text("NO")},
                                   {"latitude", f64(59)},
                                   {"longitude", f64(10)},
                                   {"accuracy_radius", u16(5)},
                                   {"asn", u32(2)},
                                   {"as_name", text("Two")}}),
                              first);
  auto expected = first;
  expected.as_name = "Two";
  EXPECT_EQ(place, expected);
}

TEST(Place, PassesOverNonsense) {
  for (const auto* country : {"", "-", "D", "DEU", "1A", "D\xc3", "\xc3\x84"}) {
    EXPECT_EQ(place_of(map({{"country_code", text(country)}})).country_code, "") << country;
  }
  EXPECT_EQ(place_of(map({{"country", map({{"iso_code", u16(5)}})}, {"country_code", u16(5)}})), Place());
  for (const auto* asn : {"", "AS", "ASX", "AS1 ", "AS-1", "AS4294967296", "1.5"}) {
    EXPECT_EQ(place_of(map({{"asn", text(asn)}})).asn, 0) << asn;
  }
  EXPECT_EQ(place_of(map({{"asn", mmdb::u64(1ULL << 32)}})).asn, 0);
  EXPECT_EQ(place_of(map({{"asn", f64(5)}})).asn, 0);
  EXPECT_EQ(place_of(text("DE")), Place());
  EXPECT_EQ(place_of(""), Place());
}

TEST(Place, PositionsAreOnTheGlobeAndWhole) {
  const auto has = [](double latitude, double longitude) {
    return place_of(map({{"latitude", f64(latitude)}, {"longitude", f64(longitude)}})).has_position;
  };
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const double infinity = std::numeric_limits<double>::infinity();
  EXPECT_TRUE(has(90, 180));
  EXPECT_TRUE(has(-90, -180));
  EXPECT_TRUE(has(0, 1));
  EXPECT_FALSE(has(0, 0));
  EXPECT_FALSE(has(90.1, 0));
  EXPECT_FALSE(has(0, -180.1));
  EXPECT_FALSE(has(nan, 1));
  EXPECT_FALSE(has(1, nan));
  EXPECT_FALSE(has(infinity, 1));
  EXPECT_FALSE(place_of(map({{"latitude", f64(5)}})).has_position);
  EXPECT_EQ(place_of(map({{"accuracy_radius", u16(5)}})), Place());
  for (const double accuracy : {-1.0, nan, infinity}) {
    const auto place = place_of(map({{"latitude", f64(1)}, {"longitude", f64(1)}, {"accuracy_radius", f64(accuracy)}}));
    EXPECT_TRUE(place.has_position);
    EXPECT_EQ(place.accuracy_km, 0);
  }
}

TEST(Place, NamesAreCutBetweenCharacters) {
  const std::string name = std::string(max_name_bytes - 1, 'a') + "ü" + "b";
  EXPECT_EQ(place_of(map({{"city", text(name)}})).city, std::string(max_name_bytes - 1, 'a'));
  const std::string fits(max_name_bytes, 'a');
  EXPECT_EQ(place_of(map({{"as_name", text(fits)}})).as_name, fits);
  EXPECT_EQ(place_of(map({{"city", text(std::string(300, '\x80'))}})).city, "");
}

}  // namespace
}  // namespace trackalert::geo
