// SPDX-License-Identifier: Apache-2.0
#include "base/address.h"

#include <gtest/gtest.h>

#include "base/prefix.h"
#include "base/socket_address.h"

namespace trackalert::base {
namespace {

std::string endpoint(std::string_view text) {
  const auto parsed = parse_endpoint(text, 99);
  return parsed ? parsed->to_string() : parsed.error().message;
}

TEST(Address, ReadsEverySpellingThatTheOriginalTook) {
  EXPECT_EQ(endpoint("1.2.3.4"), "1.2.3.4:99");
  EXPECT_EQ(endpoint("1.2.3.4:80"), "1.2.3.4:80");
  EXPECT_EQ(endpoint("[::1]:80"), "[::1]:80");
  EXPECT_EQ(endpoint("2001:DB8::1"), "[2001:db8::1]:99");
  EXPECT_EQ(endpoint("5"), "0.0.0.5:99");
  EXPECT_EQ(endpoint("0x7f000001"), "127.0.0.1:99");
  EXPECT_EQ(endpoint("1.2.3.4 junk"), "1.2.3.4:99");
  EXPECT_EQ(endpoint("010.2.03.4"), "8.2.3.4:99");
  EXPECT_EQ(endpoint("1.2.772"), "1.2.3.4:99");
  EXPECT_EQ(endpoint("255.255.255.255"), "255.255.255.255:99");
  EXPECT_EQ(endpoint("0.0.0.0"), "0.0.0.0:99");
}

TEST(Address, RefusesWhatIsNone) {
  for (const auto* text : {"", "bad", "localhost", "1.2.3.4/32", "[::1]", " 1.2.3.4", "1.2.3.4:", "1.2.3.4:99999",
                           "::1%", "256.1.1.1", "1.2.3.4.5", "1.2.3.4."}) {
    EXPECT_EQ(endpoint(text), fmt::format("Unable to convert presentation address '{}'", text));
  }
  EXPECT_FALSE(parse_endpoint(std::string_view("1.2.3.4\0", 8)));
}

TEST(Address, UnmapsAndMasks) {
  const auto mapped = parse_address("::ffff:1.2.3.4").value();
  EXPECT_TRUE(mapped.is_mapped_v4());
  EXPECT_FALSE(mapped.is_v4());
  EXPECT_EQ(mapped.to_string(), "::ffff:1.2.3.4");
  EXPECT_EQ(mapped.unmapped(), parse_address("1.2.3.4").value());
  EXPECT_EQ(parse_address("2001:db8:1:ffff::5").value().masked(33).to_string(), "2001:db8::");
  EXPECT_EQ(parse_address("1.2.3.255").value().masked(25).to_string(), "1.2.3.128");
  EXPECT_EQ(parse_address("1.2.3.255").value().masked(0).to_string(), "0.0.0.0");
}

TEST(SocketAddress, ComesBackAsItWas) {
  for (const auto* text : {"192.0.2.1:80", "[2001:db8::1]:65535", "0.0.0.0:0", "[::]:1"}) {
    const auto there = SocketAddress::from(parse_endpoint(text).value());
    EXPECT_EQ(there.endpoint().to_string(), text);
  }
}

TEST(Prefix, LongestMatchDecides) {
  PrefixSet set;
  ASSERT_TRUE(set.add("10.0.0.0/8"));
  ASSERT_TRUE(set.add("!10.1.0.0/16"));
  ASSERT_TRUE(set.add("10.1.2.3"));
  ASSERT_TRUE(set.add("2001:db8::/32"));
  const auto holds = [&](const char* text) { return set.contains(parse_address(text).value()); };
  EXPECT_TRUE(holds("10.2.2.3"));
  EXPECT_FALSE(holds("10.1.9.9"));
  EXPECT_TRUE(holds("10.1.2.3"));
  EXPECT_FALSE(holds("11.0.0.1"));
  EXPECT_TRUE(holds("2001:db8::1"));
  EXPECT_FALSE(holds("::ffff:10.2.2.3"));
  EXPECT_EQ(set.to_strings(), (std::vector<std::string>{"10.0.0.0/8", "!10.1.0.0/16", "10.1.2.3/32", "2001:db8::/32"}));
  set.clear();
  EXPECT_FALSE(holds("10.2.2.3"));
}

TEST(Prefix, EverythingAndFamiliesApart) {
  PrefixSet set;
  ASSERT_TRUE(set.add("0.0.0.0/0"));
  EXPECT_TRUE(set.contains(parse_address("9.9.9.9").value()));
  EXPECT_FALSE(set.contains(parse_address("::1").value()));
}

TEST(Prefix, RefusesNonsense) {
  for (const auto* text : {"", "garbage", "1.2.3.4/33", "::1/129", "1.2.3.4/", "1.2.3.4/x", "1.2.3.4/-1", "!"}) {
    EXPECT_FALSE(parse_prefix(text)) << text;
  }
}

}  // namespace
}  // namespace trackalert::base
