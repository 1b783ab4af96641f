// SPDX-License-Identifier: Apache-2.0
#include "geo/lookups.h"

#include <gtest/gtest.h>

#include <sstream>

#include "base/json_value.h"
#include "geo/database.h"
#include "geo/mmdb_for_tests.h"

namespace trackalert::geo {
namespace {

/// The elements of a Lua table of texts and numbers as the captures print it: {"arr",0}
std::vector<std::string> parse_path(const std::string& text) {
  std::vector<std::string> out;
  std::istringstream in(text.substr(1, text.size() - 2));
  for (std::string part; std::getline(in, part, ',');) {
    std::erase(part, '"');
    out.push_back(part);
  }
  return out;
}

/// As Lua 5.1 prints numbers, and the captured table its fields.
std::string show(double number) {
  char text[32];
  std::snprintf(text, sizeof text, "%.14g", number);
  return text;
}

std::string show(const CityRecord& city) {
  return fmt::format(
      "country_code={};country_name={};region={};city={};postal_code={};continent_code={};latitude={};longitude={}",
      city.country_code, city.country_name, city.region, city.city, city.postal_code, city.continent_code,
      show(city.latitude), show(city.longitude));
}

std::string answer(const Field& record, const std::string& call, const std::string& path_text) {
  if (call == "lookupCountry") return country_of(record);
  if (call == "lookupISP") return isp_of(record);
  if (call == "lookupCity") return show(city_of(record));
  const auto path = parse_path(path_text);
  if (call == "lookupStringValue") return string_at(record, path);
  if (call == "lookupUIntValue") return show(static_cast<double>(unsigned_at(record, path)));
  if (call == "lookupDoubleValue") return show(double_at(record, path));
  if (call == "lookupBoolValue") return boolean_at(record, path) ? "true" : "false";
  return "unknown call " + call;
}

TEST(Lookups, AnswerLikeTheOriginal) {
  const auto database = Database::open("src/geo/testdata/t1.mmdb");
  ASSERT_TRUE(database);
  const auto captures = base::parse_json(mmdb::read_file("src/geo/testdata/lookups.json"));
  ASSERT_TRUE(captures);
  unsigned compared = 0;
  for (const auto& capture : *captures->as_array()) {
    const auto field = [&](const char* name) {
      const auto* value = capture.find(name);
      return value != nullptr ? *value->as_string() : std::string();
    };
    // What is no path at all is for the Lua binding to refuse.
    if (const auto* ok = capture.find("ok"); ok != nullptr && !*ok->as_bool()) continue;
    const auto record = (*database)->find(base::parse_address(field("ip")).value());
    ASSERT_TRUE(record);
    auto expected = field("result");
    // Stored as a float, which the original could not read.
    if (field("ip") == "2.2.2.2" && field("call") == "lookupCity") {
      expected.replace(expected.find("latitude=0"), 10, "latitude=10.5");
    }
    EXPECT_EQ(answer(*record, field("call"), field("path")), expected)
        << field("call") << " " << field("ip") << " " << field("path");
    ++compared;
  }
  EXPECT_EQ(compared, 44);
}

Field field_of(const mmdb::Bytes& record) {
  return Field::at({reinterpret_cast<const std::uint8_t*>(record.data()), record.size()}, 0);
}

TEST(Lookups, MistakeNoTypeForAnother) {
  // The original took a number for a pointer to text here.
  const auto record =
      mmdb::map({{"country", mmdb::map({{"iso_code", mmdb::u64(0xdeadbeef)}})},
                 {"isp", mmdb::array({})},
                 {"subdivisions", mmdb::map({})},
                 {"cities", mmdb::array({mmdb::f64(1)})},
                 {"city", mmdb::text("x")},
                 {"location", mmdb::map({{"latitude", mmdb::f32(51.75)}, {"longitude", mmdb::u16(5)}})}});
  EXPECT_EQ(country_of(field_of(record)), "");
  EXPECT_EQ(isp_of(field_of(record)), "");
  EXPECT_EQ(city_of(field_of(record)), (CityRecord{.latitude = 51.75}));
}

TEST(Lookups, PathsAreBounded) {
  mmdb::Bytes record = mmdb::text("core");
  for (std::size_t i = 0; i < max_path_length; ++i) record = mmdb::map({{"k", record}});
  std::vector<std::string> path(max_path_length, "k");
  EXPECT_EQ(string_at(field_of(record), path), "core");
  path.emplace_back("k");
  EXPECT_EQ(string_at(field_of(mmdb::map({{"k", record}})), path), "");
  EXPECT_FALSE(follow(field_of(record), {}));
  EXPECT_FALSE(follow(Field(), path));
}

TEST(Lookups, KeysAreComparedWhole) {
  const auto record = mmdb::map({{"k", mmdb::text("v")}});
  const std::vector<std::string> path{std::string("k\0x", 3)};
  EXPECT_EQ(string_at(field_of(record), path), "");
}

}  // namespace
}  // namespace trackalert::geo
