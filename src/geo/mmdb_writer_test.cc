// SPDX-License-Identifier: Apache-2.0
#include "geo/mmdb_writer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "geo/database.h"
#include "geo/mmdb_for_tests.h"

namespace trackalert::geo::mmdb {
namespace {

using testing::HasSubstr;

base::Prefix net(const char* text) {
  return base::parse_prefix(text).value();
}

std::string found(const Database& database, const char* ip) {
  const auto record = database.find(base::parse_address(ip).value());
  return record ? std::string((*record)["country_code"].text()) : record.error().message;
}

Bytes country(const char* code) {
  return map({{"country_code", text(code)}});
}

TEST(MmdbWriter, WritesWhatOurReaderReads) {
  Writer writer({.type = "Test-City", .description = "d", .build_epoch_s = 1'780'000'000});
  ASSERT_TRUE(writer.add(net("11.1.0.0/16"), country("DE")));
  ASSERT_TRUE(writer.add(net("11.2.0.0/16"), country("FR")));
  ASSERT_TRUE(writer.add(net("2d00:1::/32"), country("DE")));
  const Directory directory;
  const auto database = Database::open(directory.write("a.mmdb", writer.file()));
  ASSERT_TRUE(database) << database.error().message;
  EXPECT_EQ((*database)->metadata().type, "Test-City");
  EXPECT_EQ((*database)->metadata().build_epoch, 1'780'000'000U);
  EXPECT_EQ(found(**database, "11.1.255.255"), "DE");
  EXPECT_EQ(found(**database, "11.2.0.0"), "FR");
  EXPECT_EQ(found(**database, "11.3.0.0"), "");
  EXPECT_EQ(found(**database, "2d00:1:ffff::1"), "DE");
  EXPECT_EQ(found(**database, "2d00:2::1"), "");
}

TEST(MmdbWriter, StoresEqualRecordsOnce) {
  Writer once({});
  Writer twice({});
  ASSERT_TRUE(once.add(net("11.1.0.0/16"), country("DE")));
  ASSERT_TRUE(twice.add(net("11.1.0.0/16"), country("DE")));
  ASSERT_TRUE(twice.add(net("11.2.0.0/16"), country("DE")));
  EXPECT_EQ(once.data(), twice.data());
}

TEST(MmdbWriter, RefusesWhatItCannotWrite) {
  Writer writer({});
  ASSERT_TRUE(writer.add(net("11.1.0.0/16"), country("DE")));
  for (const auto* overlapping : {"11.1.0.0/16", "11.1.2.0/24", "11.0.0.0/8"}) {
    const auto added = writer.add(net(overlapping), country("FR"));
    ASSERT_FALSE(added) << overlapping;
    EXPECT_THAT(added.error().message, HasSubstr("overlaps"));
  }
  EXPECT_FALSE(writer.add(net("0.0.0.0/0"), country("FR")));
  EXPECT_THAT(writer.add(net("12.0.0.0/8"), Bytes(Writer::max_size, 'x')).error().message, HasSubstr("too large"));
  Writer only_v4({.ip_version = 4});
  EXPECT_FALSE(only_v4.add(net("2d00::/32"), country("DE")));
}

}  // namespace
}  // namespace trackalert::geo::mmdb
