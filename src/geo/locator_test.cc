// SPDX-License-Identifier: Apache-2.0
#include "geo/locator.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "geo/mmdb_for_tests.h"

namespace trackalert::geo {
namespace {

using mmdb::map;
using mmdb::text;

base::Address address(const std::string& from) {
  return base::parse_address(from).value();
}

class LocatorTest : public testing::Test {
 protected:
  void add(const std::string& name, const mmdb::Bytes& file) {
    ASSERT_TRUE(databases_.add(name, directory_.write(name, file)));
  }
  /// Twice: read, and remembered.
  void expect_as_without(const std::string& from) {
    for (int i = 0; i < 2; ++i)
      EXPECT_EQ(locator_.locate(databases_, address(from)), databases_.locate(address(from))) << from;
  }

  mmdb::Directory directory_;
  Databases databases_;
  Locator locator_;
};

mmdb::Bytes network(unsigned asn) {
  return map({{"autonomous_system_number", mmdb::u32(asn)},
              {"autonomous_system_organization", text("Network " + std::to_string(asn))},
              {"country_code", text("at")}});
}

TEST_F(LocatorTest, SaysWhatTheDatabasesSay) {
  add("city", mmdb::file({{"192.0.2.0/24", map({{"country", map({{"iso_code", text("DE")}})},
                                                {"city", map({{"names", map({{"en", text("Ulm")}})}})},
                                                {"location", map({{"latitude", mmdb::f64(48.4)},
                                                                  {"longitude", mmdb::f64(10)},
                                                                  {"accuracy_radius", mmdb::u16(20)}})}})}}));
  add("asn", mmdb::file({{"192.0.2.0/25", network(64500)}, {"198.51.100.0/24", network(64501)}}));
  for (const auto* from : {"192.0.2.1", "192.0.2.200", "198.51.100.1", "203.0.113.1", "2001:db8::1"})
    expect_as_without(from);
  EXPECT_EQ(locator_.locate(databases_, address("192.0.2.1")).asn, 64500U);
  EXPECT_EQ(locator_.locate(databases_, address("192.0.2.1")).country_code, "DE") << "of the first database that knows";
  EXPECT_EQ(locator_.locate(databases_, address("198.51.100.1")).country_code, "AT");
  EXPECT_EQ(locator_.counts().read, 3) << "each record once";
  EXPECT_EQ(locator_.counts().remembered, 10);
}

TEST_F(LocatorTest, KnowsMoreRecordsApartThanItRemembers) {
  std::vector<std::pair<std::string, mmdb::Bytes>> networks;
  for (unsigned i = 0; i < 5000; ++i)
    networks.emplace_back(fmt::format("10.{}.{}.0/24", i / 256, i % 256), network(i + 1));
  add("asn", mmdb::file(networks));
  for (int round = 0; round < 2; ++round) {
    for (unsigned i = 0; i < 5000; ++i) {
      const auto place = locator_.locate(databases_, address(fmt::format("10.{}.{}.7", i / 256, i % 256)));
      ASSERT_EQ(place.asn, i + 1);
      ASSERT_EQ(place.as_name, "Network " + std::to_string(i + 1));
    }
  }
}

TEST_F(LocatorTest, FollowsAReload) {
  const std::string from = "192.0.2.1";
  add("asn", mmdb::file({{"192.0.2.0/24", network(1)}}));
  expect_as_without(from);
  directory_.write("asn", mmdb::file({{"192.0.2.0/24", network(2)}}));
  databases_.reload_all();
  expect_as_without(from);
  EXPECT_EQ(locator_.locate(databases_, address(from)).asn, 2U);
}

TEST_F(LocatorTest, TellsDatabasesApart) {
  Databases others;
  ASSERT_TRUE(others.add("asn", directory_.write("other", mmdb::file({{"192.0.2.0/24", network(2)}}))));
  add("asn", mmdb::file({{"192.0.2.0/24", network(1)}}));
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(locator_.locate(databases_, address("192.0.2.1")).asn, 1U);
    EXPECT_EQ(locator_.locate(others, address("192.0.2.1")).asn, 2U);
    EXPECT_EQ(locator_.locate(Databases(), address("192.0.2.1")), Place());
  }
}

TEST_F(LocatorTest, KeepsNoDatabaseThatWasReplaced) {
  std::weak_ptr<const Database> first;
  add("asn", mmdb::file({{"192.0.2.0/24", network(1)}}));
  databases_.each_open([&](const std::shared_ptr<const Database>& database) { first = database; });
  (void)locator_.locate(databases_, address("192.0.2.1"));
  databases_.reload_all();
  EXPECT_TRUE(first.expired());
}

}  // namespace
}  // namespace trackalert::geo
