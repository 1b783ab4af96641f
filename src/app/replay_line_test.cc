// SPDX-License-Identifier: Apache-2.0
#include "app/replay_line.h"

#include <gtest/gtest.h>

namespace trackalert::app {
namespace {

ReplayLine read(const std::string& more) {
  ReplayLineReader reader;
  auto line = reader.read(R"({"login": "ann", "t": 1795000000.25)" + more + "}");
  if (!line) throw std::runtime_error(line.error().reason);
  return std::move(*line);
}

PassedOver unusable(const std::string& line) {
  ReplayLineReader reader;
  const auto got = reader.read(line);
  if (got) throw std::runtime_error("it was taken");
  EXPECT_FALSE(got.error().reason.empty());
  return got.error().why;
}

TEST(ReplayLine, HasATime) {
  EXPECT_EQ(read("").time, history::Time{1'795'000'000'250'000});
  EXPECT_FALSE(read("").place);
  EXPECT_FALSE(read("").label);
}

TEST(ReplayLine, ThatIsNoneSaysWhy) {
  EXPECT_EQ(unusable("{"), PassedOver::bad_json);
  EXPECT_EQ(unusable("7"), PassedOver::not_an_object);
  EXPECT_EQ(unusable(R"({"remote": "x", "t": 1})"), PassedOver::bad_remote);
  EXPECT_EQ(unusable(R"({"t": 1})"), PassedOver::no_subject);
  for (const auto* time :
       {"", R"(, "t": 0)", R"(, "t": 1e-9)", R"(, "t": -5)", R"(, "t": 4000000000)", R"(, "t": "1795000000")"}) {
    EXPECT_EQ(unusable(std::string(R"({"login": "a")") + time + "}"), PassedOver::no_time) << time;
  }
}

TEST(ReplayLine, HasAPlaceAsAnExportWritesIt) {
  const auto place = read(R"(, "place": {"country_code": "CH", "city": "Bern", "asn": 64500, "as_name": "Net",
                             "latitude": 46.9, "longitude": 7.4, "accuracy_km": 10})")
                         .place;
  ASSERT_TRUE(place);
  EXPECT_EQ(*place, (geo::Place{.country_code = "CH",
                                .city = "Bern",
                                .as_name = "Net",
                                .asn = 64'500,
                                .has_position = true,
                                .latitude = 46.9,
                                .longitude = 7.4,
                                .accuracy_km = 10}));
}

TEST(ReplayLine, NonsenseInAPlaceIsPassedOver) {
  for (const auto* place :
       {"{}", "7", "[]", R"({"country_code": "ch"})", R"({"country_code": "CHE"})", R"({"asn": -1, "city": 5})",
        R"({"asn": 1e12})", R"({"latitude": 91, "longitude": 0})", R"({"latitude": 1})", R"({"accuracy_km": 5})"}) {
    EXPECT_FALSE(read(std::string(R"(, "place": )") + place).place) << place;
  }
  EXPECT_FALSE(read(R"(, "place": {"city": ")" + std::string(500, 'x') + "\"}").place);
}

TEST(ReplayLine, HasALabel) {
  EXPECT_FALSE(read(R"(, "device_id": "\"label\"")").label);
  EXPECT_FALSE(read(R"(, "label": {"attack": "x"})").label);
  EXPECT_FALSE(read(R"(, "label": {"attack": "x", "campaign": 7})").label);
  EXPECT_FALSE(read(R"(, "label": {"attack": "", "campaign": "c"})").label);
  const auto label = read(R"(, "label": {"attack": "x", "campaign": "c1", "taken": true})").label;
  ASSERT_TRUE(label);
  EXPECT_EQ(label->attack, "x");
  EXPECT_EQ(label->campaign, "c1");
  EXPECT_TRUE(label->taken);
}

TEST(ReplayLine, OfOneSaysNothingAboutTheNext) {
  ReplayLineReader reader;
  ASSERT_TRUE(reader.read(R"({"login":"a","t":1,"place":{"city":"X"},"label":{"attack":"x","campaign":"c"}})")->label);
  const auto next = reader.read(R"({"login":"a","t":1})");
  ASSERT_TRUE(next);
  EXPECT_FALSE(next->place);
  EXPECT_FALSE(next->label);
}

TEST(PassedOver, HaveNames) {
  EXPECT_EQ(passed_over_name(PassedOver::bad_json), "bad_json");
  EXPECT_EQ(passed_over_name(PassedOver::too_long), "too_long");
  EXPECT_EQ(passed_over_text(PassedOver::no_time), "no time of their own (t)");
}

}  // namespace
}  // namespace trackalert::app
