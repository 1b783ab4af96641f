// SPDX-License-Identifier: Apache-2.0
#include "history/facet.h"

#include <gtest/gtest.h>

#include <limits>

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
  EXPECT_EQ(hour_of_week(-3 * day - 1), 167);
  EXPECT_LT(hour_of_week(std::numeric_limits<Time>::min()), 168);
  EXPECT_LT(hour_of_week(std::numeric_limits<Time>::max()), 168);
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

Event full_event() {
  Event event;
  event.time = 4 * day + 5 * hour;
  event.report.login = "ann";
  event.report.remote = *base::parse_address("192.0.2.77");
  event.report.protocol = "imap";
  event.report.fail_type = "policy";
  event.report.pwhash = "\x01\xff";
  event.report.device_attrs = {{"browser.family", "Firefox"}, {"os.family", "Windows"}};
  event.place.country_code = "DE";
  event.place.asn = 64500;
  return event;
}

std::string value_text(Facet facet, const EventView& event) {
  std::string value;
  return append_value(facet, event, value) ? value : "none";
}

constexpr auto all_facets = {Facet::all,       Facet::login,   Facet::remote,      Facet::net,
                             Facet::asn,       Facet::country, Facet::device,      Facet::protocol,
                             Facet::fail_type, Facet::pwhash,  Facet::hour_of_week};

TEST(FacetValue, IsTheFewestBytes) {
  using namespace std::string_literals;
  const auto event = full_event();
  EXPECT_EQ(value_text(Facet::all, event), "");
  EXPECT_EQ(value_text(Facet::login, event), "ann");
  EXPECT_EQ(value_text(Facet::remote, event), "\xc0\0\x02\x4d"s);
  EXPECT_EQ(value_text(Facet::net, event), "\xc0\0\x02"s);
  EXPECT_EQ(value_text(Facet::asn, event), "\0\0\xfb\xf4"s);
  EXPECT_EQ(value_text(Facet::country, event), "DE");
  EXPECT_EQ(value_text(Facet::device, event), "Windows / Firefox / -");
  EXPECT_EQ(value_text(Facet::protocol, event), "imap");
  EXPECT_EQ(value_text(Facet::fail_type, event), "policy");
  EXPECT_EQ(value_text(Facet::pwhash, event), "\x01\xff");
  EXPECT_EQ(value_text(Facet::hour_of_week, event), "\x05");
}

TEST(FacetValue, OfIpv6LeavesTheScopeOut) {
  auto event = full_event();
  event.report.remote = base::Address::v6({0x20, 1, 0xd, 0xb8, 0, 1, 0, 2, 0, 0, 0, 0, 0, 0, 0, 3}, 7);
  EXPECT_EQ(value_text(Facet::remote, event).size(), 16);
  EXPECT_EQ(value_to_text(Facet::remote, value_text(Facet::remote, event)), "2001:db8:1:2::3");
  EXPECT_EQ(value_text(Facet::net, event).size(), 6);
  EXPECT_EQ(value_to_text(Facet::net, value_text(Facet::net, event)), "2001:db8:1::/48");
}

TEST(FacetValue, IsNoneWhereTheReportHasNone) {
  for (const auto facet : all_facets) {
    std::string value = "before";
    const bool has_one = facet == Facet::all || facet == Facet::hour_of_week;
    EXPECT_EQ(append_value(facet, Event{}, value), has_one) << facet_name(facet);
    EXPECT_TRUE(value.starts_with("before"));
    EXPECT_EQ(value.size(), facet == Facet::hour_of_week ? 7 : 6);
  }
}

TEST(FacetValue, GoesBothWays) {
  const auto event = full_event();
  for (const auto facet : all_facets) {
    const auto value = value_text(facet, event);
    EXPECT_EQ(value_to_text(facet, value), facet_text(facet, event));
    const auto back = value_from_text(facet, facet_text(facet, event));
    ASSERT_TRUE(back) << back.error().message;
    EXPECT_EQ(*back, value) << facet_name(facet);
  }
}

TEST(FacetValue, ReadsWhatPeopleWrite) {
  const auto text = [](Facet facet, std::string_view typed) {
    const auto value = value_from_text(facet, typed);
    return value ? value_to_text(facet, *value) : value.error().message;
  };
  EXPECT_EQ(text(Facet::all, ""), "all");
  EXPECT_EQ(text(Facet::all, "x"), "all: wants no value: x");
  EXPECT_EQ(text(Facet::login, ""), "login: wants a text that is not empty");
  EXPECT_EQ(text(Facet::remote, "::ffff:192.0.2.1"), "192.0.2.1");
  EXPECT_EQ(text(Facet::remote, "fe80::1%1"), "fe80::1");
  EXPECT_EQ(text(Facet::remote, "0.0.0.0"), "remote: not an address: 0.0.0.0") << "stands for none";
  EXPECT_EQ(text(Facet::remote, "192.0.2.0/24"), "remote: not an address: 192.0.2.0/24");
  EXPECT_EQ(text(Facet::net, "192.0.2.77/24"), "192.0.2.0/24");
  EXPECT_EQ(text(Facet::net, "192.0.2.77"), "192.0.2.0/24");
  EXPECT_EQ(text(Facet::net, "::ffff:192.0.2.77"), "192.0.2.0/24");
  EXPECT_EQ(text(Facet::net, "2001:db8::1"), "2001:db8::/48");
  EXPECT_EQ(text(Facet::net, "192.0.2.0/23"), "net: wants a /24 of IPv4 or a /48 of IPv6: 192.0.2.0/23");
  EXPECT_EQ(text(Facet::net, "x"), "net: not a network: x");
  EXPECT_EQ(text(Facet::asn, "AS64500"), "64500");
  EXPECT_EQ(text(Facet::asn, "as4294967295"), "4294967295");
  for (const auto* typed : {"", "0", "AS", "AS0", "ASx", "4294967296", "-1", "1 "}) {
    EXPECT_EQ(text(Facet::asn, typed), "asn: not the number of an autonomous system: " + std::string(typed));
  }
  EXPECT_EQ(text(Facet::country, "de"), "DE");
  for (const auto* typed : {"", "D", "DEU", "D1", "\xc3\xa4"}) {
    EXPECT_EQ(text(Facet::country, typed), "country: not two letters: " + std::string(typed));
  }
  EXPECT_EQ(text(Facet::hour_of_week, "167"), "167");
  EXPECT_EQ(text(Facet::hour_of_week, "168"), "hour_of_week: not a number from 0 to 167: 168");
}

TEST(FacetValue, LongTextsStayDifferent) {
  auto event = full_event();
  const std::string base(300, 'x');
  event.report.login = base + "1";
  const auto first = value_text(Facet::login, event);
  event.report.login = base + "2";
  const auto second = value_text(Facet::login, event);
  EXPECT_EQ(first.size(), max_value_bytes);
  EXPECT_NE(first, second);
  EXPECT_EQ(value_from_text(Facet::login, base + "2").value(), second);
  // The same in every process: it is on the disk.
  EXPECT_EQ(first.substr(222), "~8bb804ca1dae16b12dc2c9ef96f879bd");
  event.report.login = std::string(255, 'x');
  EXPECT_EQ(value_text(Facet::login, event), event.report.login);
}

TEST(FacetValue, IsCutBetweenCharacters) {
  std::string text;
  while (text.size() < 300) text += "\xe2\x82\xac";
  const auto value = value_from_text(Facet::login, "x" + text).value();
  EXPECT_EQ(value.size(), 220 + 33) << "1 + 73 * 3, and the hash";
  EXPECT_EQ(value.find('~'), 220);
  // What is no UTF-8 has no characters, and still a bound.
  EXPECT_EQ(value_from_text(Facet::login, std::string(300, '\x80')).value().size(), 252);
}

TEST(FacetValue, OtherBytesHaveNoText) {
  EXPECT_EQ(value_to_text(Facet::remote, "12345"), "");
  EXPECT_EQ(value_to_text(Facet::net, ""), "");
  EXPECT_EQ(value_to_text(Facet::asn, "12345"), "");
  EXPECT_EQ(value_to_text(Facet::hour_of_week, ""), "");
  EXPECT_EQ(value_to_text(Facet::all, "x"), "");
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
