// SPDX-License-Identifier: Apache-2.0
#include "history/facet.h"

#include <gtest/gtest.h>

#include "history/query.h"

namespace trackalert::history {
namespace {

TEST(Facet, NamesGoBothWays) {
  for (int i = 0; i <= static_cast<int>(Facet::hour_of_week); ++i) {
    const auto facet = static_cast<Facet>(i);
    EXPECT_EQ(facet_by_name(facet_name(facet)), facet);
  }
  EXPECT_EQ(facet_by_name("user"), std::nullopt);
}

TEST(Facet, NetsAreA24OrA48) {
  EXPECT_EQ(net_of(*base::parse_address("192.0.2.77")).to_string(), "192.0.2.0/24");
  EXPECT_EQ(net_of(*base::parse_address("2001:db8:1:2::3")).to_string(), "2001:db8:1::/48");
}

TEST(Facet, DevicesAreFamilies) {
  EXPECT_EQ(device_text({{"browser.family", "Firefox"}, {"browser.major", "115"}, {"os.family", "Windows"}}),
            "Windows / Firefox / -");
  EXPECT_EQ(device_text({{"imapc.family", "Thunderbird"}, {"os.family", "Linux"}}), "Linux / Thunderbird / -");
  EXPECT_EQ(device_text({{"app.name", "OXMail"}, {"device.family", "iPhone"}, {"os.family", "iOS"}}),
            "iOS / OXMail / iPhone");
  EXPECT_EQ(device_text({{"browser.major", "1"}}), "");
  EXPECT_EQ(device_text({{"os.family", std::string(200, 'x')}}).size(), 96);
}

TEST(Facet, TheWeekBeginsOnMonday) {
  EXPECT_EQ(hour_of_week(0), 3 * 24);  // 1970 began on a Thursday
  EXPECT_EQ(hour_of_week(4 * day), 0);
  EXPECT_EQ(hour_of_week(4 * day - 1), 167);
  EXPECT_EQ(hour_of_week(-1), 3 * 24 - 1);
  EXPECT_EQ(hour_of_week(Time{1'795'000'000} * second), hour_of_week(Time{1'795'000'000} * second + 7 * day));
}

TEST(Facet, WhatAReportLacksIsEmpty) {
  const Event nothing;
  for (const auto facet : {Facet::login, Facet::remote, Facet::net, Facet::asn, Facet::country, Facet::device,
                           Facet::protocol, Facet::fail_type, Facet::pwhash}) {
    EXPECT_EQ(facet_text(facet, nothing), "") << facet_name(facet);
  }
  EXPECT_EQ(facet_text(Facet::all, nothing), "all");
}

TEST(Cursor, GoesBothWays) {
  for (const Cursor cursor :
       {Cursor{0, 0}, Cursor{-5, 7}, Cursor{1'795'000'000'000'000, 18'000'000'000'000'000'000U}}) {
    EXPECT_EQ(Cursor::parse(cursor.to_string()), cursor);
  }
  for (const auto* text : {"", "-", "5", "5-", "-5", "5-x", "5-6-", " 5-6", "5-99999999999999999999"}) {
    EXPECT_EQ(Cursor::parse(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace trackalert::history
