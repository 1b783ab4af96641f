// SPDX-License-Identifier: Apache-2.0
#include "geo/databases.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <thread>

#include "geo/lookups.h"
#include "geo/mmdb_for_tests.h"

namespace trackalert::geo {
namespace {

const base::Address ip = base::parse_address("192.0.2.1").value();

mmdb::Bytes country_file(const char* code) {
  return mmdb::file({{"192.0.2.0/24", mmdb::map({{"country", mmdb::map({{"iso_code", mmdb::text(code)}})}})}},
                    {.type = std::string("Test-") + code});
}

std::string country(const Databases::Handle& handle) {
  return handle.look_up(ip, country_of).value();
}

class DatabasesTest : public testing::Test {
 protected:
  mmdb::Directory directory_;
  Databases databases_;
};

TEST_F(DatabasesTest, TheFirstOfANameWins) {
  const auto first = databases_.add("db", directory_.write("a", country_file("AA")));
  ASSERT_TRUE(first);
  EXPECT_EQ((*first)->type, "Test-AA");
  const auto second = databases_.add("db", directory_.write("b", country_file("BB")));
  ASSERT_TRUE(second);
  EXPECT_FALSE(*second);
  EXPECT_EQ(country(databases_.find("db").value()), "AA");
  EXPECT_FALSE(databases_.find("other"));
}

TEST_F(DatabasesTest, AHandleWithoutDatabaseFindsNothing) {
  EXPECT_EQ(country(Databases::Handle()), "");
  const auto failed = databases_.add("db", directory_.path("missing"));
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().message,
            "Cannot open " + directory_.path("missing") + ": Error opening the specified MaxMind DB file");
  EXPECT_EQ(country(databases_.find("db").value()), "");
  EXPECT_EQ(databases_.locate(ip), Place());
}

TEST_F(DatabasesTest, HandlesFollowAReload) {
  ASSERT_TRUE(databases_.add("db", directory_.write("a", country_file("AA"))));
  const auto handle = databases_.find("db").value();
  directory_.write("a", country_file("BB"));
  EXPECT_EQ(country(handle), "AA");
  const auto reloads = databases_.reload_all();
  ASSERT_EQ(reloads.size(), 1);
  EXPECT_EQ(reloads[0].name, "db");
  EXPECT_EQ(reloads[0].outcome.value().type, "Test-BB");
  EXPECT_EQ(country(handle), "BB");
  EXPECT_EQ(databases_.locate(ip).country_code, "BB");
}

TEST_F(DatabasesTest, HandlesOutliveTheSet) {
  Databases::Handle handle;
  {
    Databases databases;
    ASSERT_TRUE(databases.add("db", directory_.write("a", country_file("AA"))));
    handle = databases.find("db").value();
  }
  EXPECT_EQ(country(handle), "AA");
}

TEST_F(DatabasesTest, ReloadKeepsTheOldWhereTheNewIsBad) {
  ASSERT_TRUE(databases_.add("b", directory_.write("b", country_file("BB"))));
  ASSERT_TRUE(databases_.add("a", directory_.write("a", country_file("AA"))));
  ASSERT_TRUE(databases_.add("c", directory_.write("c", country_file("CC"))));
  directory_.write("a", country_file("A2"));
  directory_.write("b", "garbage");
  std::filesystem::remove(directory_.path("c"));
  const auto reloads = databases_.reload_all();
  ASSERT_EQ(reloads.size(), 3);
  EXPECT_EQ(reloads[0].name, "a");
  EXPECT_TRUE(reloads[0].outcome);
  EXPECT_EQ(reloads[1].name, "b");
  EXPECT_EQ(reloads[1].outcome.error().message,
            "Cannot open " + directory_.path("b") + ": The MaxMind DB file contains invalid metadata");
  EXPECT_EQ(reloads[2].outcome.error().message,
            "Cannot open " + directory_.path("c") + ": Error opening the specified MaxMind DB file");
  EXPECT_EQ(country(databases_.find("b").value()), "BB");
  EXPECT_EQ(country(databases_.find("c").value()), "CC");
}

TEST_F(DatabasesTest, WhatCouldNotBeOpenedIsTriedAgain) {
  ASSERT_FALSE(databases_.add("db", directory_.path("a")));
  const auto handle = databases_.find("db").value();
  directory_.write("a", country_file("AA"));
  EXPECT_TRUE(databases_.reload_all().at(0).outcome);
  EXPECT_EQ(country(handle), "AA");
  // Added again under another path it may come right, too.
  ASSERT_FALSE(databases_.add("wrong", directory_.path("missing")));
  ASSERT_TRUE(databases_.add("wrong", directory_.path("a")).value());
  EXPECT_EQ(country(databases_.find("wrong").value()), "AA");
  EXPECT_EQ(databases_.list().size(), 2);
}

TEST_F(DatabasesTest, ReloadsWhatChangedOnceItRests) {
  ASSERT_TRUE(databases_.add("db", directory_.write("a", country_file("AA"))));
  ASSERT_TRUE(databases_.add("still", directory_.write("s", country_file("SS"))));
  const auto handle = databases_.find("db").value();
  EXPECT_TRUE(databases_.reload_changed().empty());
  EXPECT_TRUE(databases_.reload_changed().empty());
  directory_.write("a", country_file("BB"));
  EXPECT_TRUE(databases_.reload_changed().empty());  // just seen
  directory_.write("a", country_file("CC"));
  EXPECT_TRUE(databases_.reload_changed().empty());  // changed again
  const auto reloads = databases_.reload_changed();
  ASSERT_EQ(reloads.size(), 1);
  EXPECT_EQ(reloads[0].outcome.value().type, "Test-CC");
  EXPECT_EQ(country(handle), "CC");
  EXPECT_TRUE(databases_.reload_changed().empty());
}

TEST_F(DatabasesTest, ABadUpdateIsReportedOnce) {
  ASSERT_TRUE(databases_.add("db", directory_.write("a", country_file("AA"))));
  directory_.write("a", "garbage");
  EXPECT_TRUE(databases_.reload_changed().empty());
  ASSERT_EQ(databases_.reload_changed().size(), 1);
  EXPECT_TRUE(databases_.reload_changed().empty());
  EXPECT_TRUE(databases_.reload_changed().empty());
  // A file that is gone is no update.
  std::filesystem::remove(directory_.path("a"));
  EXPECT_TRUE(databases_.reload_changed().empty());
  EXPECT_TRUE(databases_.reload_changed().empty());
  EXPECT_EQ(country(databases_.find("db").value()), "AA");
  directory_.write("a", country_file("BB"));
  EXPECT_TRUE(databases_.reload_changed().empty());
  EXPECT_EQ(databases_.reload_changed().size(), 1);
  EXPECT_EQ(country(databases_.find("db").value()), "BB");
}

TEST_F(DatabasesTest, LocateTakesEachFieldFromTheFirstThatHasIt) {
  const auto put = [&](const char* name, const mmdb::Bytes& record) {
    ASSERT_TRUE(databases_.add(name, directory_.write(name, mmdb::file({{"192.0.2.0/24", record}}))));
  };
  ASSERT_FALSE(databases_.add("missing", directory_.path("missing")));
  put("z first", mmdb::map({{"autonomous_system_number", mmdb::u32(64500)}}));
  put("b", mmdb::map({{"country", mmdb::map({{"iso_code", mmdb::text("DE")}})},
                      {"location", mmdb::map({{"latitude", mmdb::f64(50)}, {"longitude", mmdb::f64(7)}})}}));
  put("a", mmdb::map({{"asn", mmdb::u32(1)},
                      {"as_name", mmdb::text("Example")},
                      {"country_code", mmdb::text("FR")},
                      {"city", mmdb::text("Köln")},
                      {"latitude", mmdb::f64(1)},
                      {"longitude", mmdb::f64(1)},
                      {"accuracy_radius", mmdb::u16(1)}}));
  EXPECT_EQ(databases_.locate(ip), (Place{.country_code = "DE",
                                          .city = "Köln",
                                          .as_name = "Example",
                                          .asn = 64500,
                                          .has_position = true,
                                          .latitude = 50,
                                          .longitude = 7}));
  EXPECT_EQ(databases_.locate(base::parse_address("203.0.113.1").value()), Place());
}

TEST_F(DatabasesTest, LookupErrorsReachTheCallerButNotThePlace) {
  const auto file = mmdb::file({{"192.0.2.0/24", mmdb::map({{"country_code", mmdb::text("DE")}})}}, {.ip_version = 4});
  ASSERT_TRUE(databases_.add("v4", directory_.write("v4", file)));
  const auto v6 = base::parse_address("2001:db8::1").value();
  EXPECT_THAT(databases_.find("v4")->look_up(v6, country_of).error().message,
              testing::StartsWith("MMDB_lookup_string(2001:db8::1) failed: "));
  EXPECT_EQ(databases_.locate(v6), Place());
}

TEST_F(DatabasesTest, ListsByName) {
  ASSERT_TRUE(databases_.add("b", directory_.write("b", country_file("BB"))));
  ASSERT_FALSE(databases_.add("a", directory_.path("missing")));
  const auto list = databases_.list();
  ASSERT_EQ(list.size(), 2);
  EXPECT_EQ(list[0].name, "a");
  EXPECT_FALSE(list[0].open);
  EXPECT_EQ(list[1].file, directory_.path("b"));
  EXPECT_EQ(list[1].open.value().build_epoch, 1'700'000'000);
}

TEST_F(DatabasesTest, LookupsGoOnWhileReloading) {
  ASSERT_TRUE(databases_.add("db", directory_.write("a", country_file("AA"))));
  std::atomic<bool> done{false};
  std::atomic<unsigned> wrong{0};
  std::atomic<unsigned> looked_up{0};
  {
    std::vector<std::jthread> readers;
    for (int i = 0; i < 3; ++i) {
      readers.emplace_back([&] {
        const auto handle = databases_.find("db").value();
        while (!done) {
          const auto code = country(handle);
          if (code != "AA" && code != "BB") ++wrong;
          if (databases_.locate(ip).country_code.empty()) ++wrong;
          ++looked_up;
        }
      });
    }
    for (int i = 0; i < 50; ++i) {
      directory_.write("a", country_file(i % 2 == 0 ? "BB" : "AA"));
      if (!databases_.reload_all().at(0).outcome) ++wrong;
      (void)databases_.add("new " + std::to_string(i), directory_.path("a"));
      (void)databases_.list();
      (void)databases_.reload_changed();
    }
    while (looked_up < 100) std::this_thread::yield();
    done = true;
  }
  EXPECT_EQ(wrong, 0);
}

}  // namespace
}  // namespace trackalert::geo
