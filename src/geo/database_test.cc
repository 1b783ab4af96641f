// SPDX-License-Identifier: Apache-2.0
#include "geo/database.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <random>

#include "geo/lookups.h"
#include "geo/mmdb_for_tests.h"
#include "geo/place.h"

namespace trackalert::geo {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

base::Address address(const std::string& text) {
  return base::parse_address(text).value();
}

mmdb::Bytes country(const char* code) {
  return mmdb::map({{"country_code", mmdb::text(code)}});
}

std::string country_at(const Database& database, const std::string& ip) {
  const auto record = database.find(address(ip));
  return record ? std::string((*record)["country_code"].text()) : record.error().message;
}

/// Asks all we can ask; what matters is that it ends.
void exercise(const std::string& file) {
  const auto database = Database::open(file);
  if (!database) {
    EXPECT_THAT(database.error().message, StartsWith("Cannot open " + file + ": "));
    return;
  }
  for (const auto* ip : {"1.2.3.4", "2.2.2.2", "3.3.3.3", "0.0.0.0", "255.255.255.255", "2001:db8::1", "::"}) {
    const auto record = (*database)->find(address(ip));
    if (!record) {
      EXPECT_THAT(record.error().message, StartsWith("MMDB_lookup_string("));
      continue;
    }
    Place place;
    add_to_place(*record, place);
    (void)city_of(*record);
    (void)isp_of(*record);
    for (const auto* key : {"u16", "d", "b", "arr", "by"}) {
      (void)(*record)[key].unsigned_integer();
      (void)(*record)[key].element(-1).step("x").text();
    }
  }
}

TEST(Database, KnowsItsMetadata) {
  const mmdb::Directory directory;
  const auto file = directory.write("a.mmdb", mmdb::file({{"192.0.2.0/24", country("DE")}}, {.type = "Test-Country"}));
  const auto database = Database::open(file);
  ASSERT_TRUE(database);
  EXPECT_EQ((*database)->metadata().type, "Test-Country");
  EXPECT_EQ((*database)->metadata().version, "2.0");
  EXPECT_EQ((*database)->metadata().build_epoch, 1'700'000'000);
  EXPECT_EQ((*database)->metadata().ip_version, 6);
  EXPECT_EQ((*database)->stamp(), stamp_of(file));
  EXPECT_EQ((*database)->stamp().size, std::filesystem::file_size(file));
}

TEST(Database, FindsNetworksOfBothFamilies) {
  const mmdb::Directory directory;
  const auto database = Database::open(directory.write("a.mmdb", mmdb::file({{"192.0.2.0/24", country("DE")},
                                                                             {"198.51.100.7/32", country("FR")},
                                                                             {"2001:db8::/32", country("SE")}})));
  ASSERT_TRUE(database);
  EXPECT_EQ(country_at(**database, "192.0.2.255"), "DE");
  EXPECT_EQ(country_at(**database, "192.0.3.0"), "");
  EXPECT_EQ(country_at(**database, "198.51.100.7"), "FR");
  EXPECT_EQ(country_at(**database, "198.51.100.6"), "");
  EXPECT_EQ(country_at(**database, "2001:db8:ffff::1"), "SE");
  EXPECT_EQ(country_at(**database, "2001:db9::"), "");
  EXPECT_EQ(country_at(**database, "::ffff:192.0.2.1"), "");
}

TEST(Database, Ipv6InIpv4DatabaseIsAnError) {
  const mmdb::Directory directory;
  const auto database =
      Database::open(directory.write("a.mmdb", mmdb::file({{"192.0.2.0/24", country("DE")}}, {.ip_version = 4})));
  ASSERT_TRUE(database);
  EXPECT_EQ(country_at(**database, "192.0.2.1"), "DE");
  EXPECT_THAT(country_at(**database, "2001:db8::1"), StartsWith("MMDB_lookup_string(2001:db8::1) failed: "));
}

TEST(Database, SaysWhyItCannotOpen) {
  const mmdb::Directory directory;
  const auto reason = [](const std::string& file) {
    const auto database = Database::open(file);
    return database ? "none" : database.error().message;
  };
  EXPECT_EQ(reason("/nonexist.mmdb"), "Cannot open /nonexist.mmdb: Error opening the specified MaxMind DB file");
  const auto empty = directory.write("empty", "");
  EXPECT_EQ(reason(empty), "Cannot open " + empty + ": The MaxMind DB file contains invalid metadata");
  const auto garbage = directory.write("garbage", std::string(100'000, 'x'));
  EXPECT_EQ(reason(garbage), "Cannot open " + garbage + ": The MaxMind DB file contains invalid metadata");
  EXPECT_THAT(reason(directory.path("")), HasSubstr("not a regular file"));
  ASSERT_EQ(mkfifo(directory.path("fifo").c_str(), 0600), 0);
  EXPECT_THAT(reason(directory.path("fifo")), HasSubstr("not a regular file"));
  std::filesystem::resize_file(garbage, Snapshot::max_bytes + 1);  // a hole, takes no room
  EXPECT_THAT(reason(garbage), HasSubstr("larger than"));
}

TEST(Database, OutlivesItsFile) {
  // Mapped as it stands, a file that is shortened in place would kill us at the next lookup.
  const mmdb::Directory directory;
  const auto content = mmdb::file({{"192.0.2.0/24", country("DE")}});
  const auto file = directory.write("a.mmdb", content);
  const auto database = Database::open(file);
  ASSERT_TRUE(database);
  std::filesystem::resize_file(file, 0);
  EXPECT_EQ(country_at(**database, "192.0.2.1"), "DE");
  directory.write_in_place("a.mmdb", std::string(content.size(), '\xff'));
  EXPECT_EQ(country_at(**database, "192.0.2.1"), "DE");
  std::filesystem::remove(file);
  EXPECT_EQ(country_at(**database, "192.0.2.1"), "DE");
}

TEST(Database, SurvivesTruncation) {
  const mmdb::Directory directory;
  const auto whole = mmdb::read_file("src/geo/testdata/t1.mmdb");
  for (std::size_t length = 0; length < whole.size(); length += 7) {
    exercise(directory.write("cut.mmdb", whole.substr(0, length)));
    // The metadata is there, but not all that it promises.
    exercise(directory.write("cut.mmdb", whole.substr(length)));
  }
}

TEST(Database, SurvivesFlippedBits) {
  const mmdb::Directory directory;
  const auto whole = mmdb::read_file("src/geo/testdata/t1.mmdb");
  std::mt19937 dice(1);
  for (std::size_t round = 0; round < 1500; ++round) {
    auto damaged = whole;
    // The first rounds go through the metadata, byte by byte.
    const auto at = round < 300 ? whole.size() - 1 - round : dice() % whole.size();
    damaged[at] = static_cast<char>(damaged[at] ^ (1 << dice() % 8));
    for (auto more = dice() % 4; more > 0; --more) damaged[dice() % whole.size()] = static_cast<char>(dice());
    directory.write_in_place("bits.mmdb", damaged);
    exercise(directory.path("bits.mmdb"));
  }
}

TEST(Database, RefusesATreeThatIsLargerThanItsFile) {
  const mmdb::Directory directory;
  for (const std::uint32_t nodes : {1000U, 0x2aaaaaabU, 0xffffffffU}) {
    exercise(directory.write("a.mmdb", mmdb::file({{"192.0.2.0/24", country("DE")}}, {.node_count = nodes})));
    EXPECT_FALSE(Database::open(directory.path("a.mmdb"))) << nodes;
  }
}

TEST(Database, RefusesBombsInTheMetadata) {
  const mmdb::Directory directory;
  const auto with = [&](const mmdb::Bytes& more) {
    const auto file = directory.write(
        "a.mmdb",
        mmdb::file({{"192.0.2.0/24", country("DE")}}, {.more_metadata = mmdb::text("x") + more, .more_members = 1}));
    return Database::open(file).has_value();
  };
  EXPECT_TRUE(with(mmdb::nested_arrays(10)));
  EXPECT_FALSE(with(mmdb::nested_arrays(60'000)));
  EXPECT_FALSE(with(mmdb::array({mmdb::pointer(0)})));
  EXPECT_FALSE(with(mmdb::array(std::vector<mmdb::Bytes>(5000, mmdb::flag(true)))));
}

TEST(Database, RecordsOutsideTheDataAreErrors) {
  const mmdb::Directory directory;
  const auto content = mmdb::file({{"192.0.2.0/24", country("DE")}}, {.data_offset = 5000});
  const auto database = Database::open(directory.write("a.mmdb", content));
  ASSERT_TRUE(database);
  EXPECT_THAT(country_at(**database, "192.0.2.1"), StartsWith("MMDB_lookup_string(192.0.2.1) failed: "));
  // Into the separator between tree and data: below the first record.
  const auto before = Database::open(
      directory.write("b.mmdb", mmdb::file({{"192.0.2.0/24", country("DE")}}, {.data_offset = std::uint64_t{0} - 10})));
  ASSERT_TRUE(before);
  EXPECT_THAT(country_at(**before, "192.0.2.1"), StartsWith("MMDB_lookup_string(192.0.2.1) failed: "));
}

}  // namespace
}  // namespace trackalert::geo
