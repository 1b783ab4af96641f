// SPDX-License-Identifier: Apache-2.0
#include "traffic/world.h"

#include <gtest/gtest.h>

#include <map>
#include <set>

#include "geo/databases.h"
#include "geo/mmdb_for_tests.h"
#include "traffic/world_file.h"

namespace trackalert::traffic {
namespace {

TEST(World, GivesEveryBlockAnAddressRangeOfItsOwn) {
  for (const std::uint32_t number : {0U, 1U, 28U, World::max_number}) {
    const World world(number);
    std::set<std::string> ranges;
    for (std::size_t block = 0; block < world.blocks().size(); ++block) {
      ranges.insert(world.v4_prefix(static_cast<BlockIndex>(block)).to_string());
      ranges.insert(World::v6_prefix(static_cast<BlockIndex>(block)).to_string());
    }
    EXPECT_EQ(ranges.size(), 2 * world.blocks().size()) << number;
  }
}

TEST(World, IsNeitherPrivateNorForDocumentation) {
  base::PrefixSet reserved;
  for (const auto* range :
       {"0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
        "192.0.2.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/3",
        "fc00::/7", "fe80::/10", "2001:db8::/32", "3fff::/20"}) {
    ASSERT_TRUE(reserved.add(range));
  }
  const World world(3);
  for (std::size_t block = 0; block < world.blocks().size(); ++block) {
    const auto index = static_cast<BlockIndex>(block);
    EXPECT_FALSE(reserved.contains(world.v4(index, 1)));
    EXPECT_FALSE(reserved.contains(World::v6(index, 1, 1)));
  }
}

TEST(World, DiffersFromOthers) {
  std::set<std::uint8_t> countries_of_services;
  std::set<unsigned> habits;
  for (std::uint32_t number = 0; number < 20; ++number) {
    const World world(number);
    countries_of_services.insert(world.own_country());
    habits.insert(world.mix().travels_per_million);
  }
  EXPECT_GT(countries_of_services.size(), 8U);
  EXPECT_GT(habits.size(), 15U);
}

TEST(World, MostLiveWhereTheServiceIs) {
  const World world(5);
  Dice dice(1);
  int at_home = 0;
  for (int i = 0; i < 10'000; ++i) at_home += world.home_country(dice) == world.own_country() ? 1 : 0;
  EXPECT_NEAR(at_home, 7'630, 300);
}

TEST(World, OtherCountriesAreOther) {
  const World world(0);
  Dice dice(1);
  for (std::uint8_t from = 0; from < countries().size(); ++from) {
    for (int i = 0; i < 100; ++i) {
      const auto far = world.other_country(from, false, dice);
      EXPECT_NE(countries()[far].continent, countries()[from].continent);
      EXPECT_NE(world.other_country(from, true, dice), from);
    }
  }
}

class WorldFile : public testing::Test {
 protected:
  const World world_{2};
  const geo::mmdb::Directory directory_;
  geo::Databases databases_;

  void SetUp() override {
    const auto file = geo_database(world_);
    ASSERT_TRUE(file) << file.error().message;
    const auto added = databases_.add("world", directory_.write("world.mmdb", *file));
    ASSERT_TRUE(added) << added.error().message;
  }
};

TEST_F(WorldFile, KnowsThePlaceOfEveryAddress) {
  for (std::size_t block = 0; block < world_.blocks().size(); ++block) {
    const auto index = static_cast<BlockIndex>(block);
    const auto& country = countries()[world_.blocks()[block].country];
    const auto& city = country.cities[world_.blocks()[block].city];
    for (const auto& address : {world_.v4(index, 0), world_.v4(index, 65535), World::v6(index, 0, 1),
                                World::v6(index, 65535, ~std::uint64_t{0})}) {
      const auto place = databases_.locate(address);
      EXPECT_EQ(place.country_code, country.code) << address.to_string();
      EXPECT_EQ(place.city, city.name);
      EXPECT_EQ(place.asn, world_.network_of(index).asn);
      EXPECT_EQ(place.as_name, world_.network_of(index).name);
      EXPECT_TRUE(place.has_position);
      EXPECT_EQ(place.latitude, city.latitude);
      EXPECT_EQ(place.longitude, city.longitude);
      EXPECT_GE(place.accuracy_km, 10);
    }
  }
}

TEST_F(WorldFile, KnowsNothingElse) {
  for (const auto* elsewhere : {"192.0.2.1", "9.9.9.9", "2001:db8::1", "2d01::1"}) {
    EXPECT_EQ(databases_.locate(base::parse_address(elsewhere).value()), geo::Place{}) << elsewhere;
  }
}

TEST(NetworkKinds, AreThoseOfTheWorld) {
  const World world(0);
  const auto text = network_kinds(world);
  std::map<NetworkKind, int> kinds;
  for (const auto& network : world.networks()) {
    kinds[network.kind] += 1;
    const auto line = std::string(kind_name(network.kind)) + ' ' + std::to_string(network.asn) + " # ";
    const bool listed = network.kind != NetworkKind::access && network.kind != NetworkKind::company;
    EXPECT_EQ(text.find(line) != text.npos, listed) << line;
  }
  EXPECT_EQ(kinds.size(), 5U);
}

}  // namespace
}  // namespace trackalert::traffic
