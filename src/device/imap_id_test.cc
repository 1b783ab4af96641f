// SPDX-License-Identifier: Apache-2.0
#include "device/imap_id.h"

#include <gtest/gtest.h>

#include <string>

namespace trackalert::device {
namespace {

TEST(ImapId, ReadsAllFields) {
  const auto id =
      parse_imap_id(R"-("name" "Mac OS X Mail" "version" "10.2 (3226)" "os" "Mac" "os-version" "10.12 (1)")-");
  EXPECT_EQ(id.family, "Mac OS X Mail");
  EXPECT_EQ(id.major, "10");
  EXPECT_EQ(id.minor, "2");
  EXPECT_EQ(id.os_family, "Mac");
  EXPECT_EQ(id.os_major, "10");
  EXPECT_EQ(id.os_minor, "12");
}

TEST(ImapId, AtMostOneBlankBetweenNameAndValue) {
  EXPECT_EQ(parse_imap_id(R"("name""X")").family, "X");
  EXPECT_EQ(parse_imap_id("\"name\"\t\"X\"").family, "X");
  EXPECT_EQ(parse_imap_id(R"("name"  "X")").family, "");
  EXPECT_EQ(parse_imap_id(R"("name" NIL "os" "Y")").family, "");
}

TEST(ImapId, TheFirstPairThatFitsWins) {
  EXPECT_EQ(parse_imap_id(R"("name"  "no" "name" "yes" "name" "later")").family, "yes");
  const auto id = parse_imap_id(R"("version" "beta" "version" "7" "version" "1.2" "version" "3.4")");
  EXPECT_EQ(id.major, "1");
  EXPECT_EQ(id.minor, "2");
  EXPECT_EQ(parse_imap_id(R"("name" "" "name" "X")").family, "");
}

TEST(ImapId, VersionsNeedDigitsOnBothSidesOfTheDot) {
  for (const char* value : {"7", "7.", ".7", "7.x", "v7.1", " 7.1", "7 .1", ""}) {
    const std::string text = std::string("\"version\" \"") + value + "\"";
    EXPECT_EQ(parse_imap_id(text).major, "") << value;
    EXPECT_EQ(parse_imap_id(text).minor, "") << value;
  }
  EXPECT_EQ(parse_imap_id(R"("version" "007.0010x")").minor, "0010");
}

TEST(ImapId, OsAndOsVersionAreDifferentNames) {
  const auto id = parse_imap_id(R"("os-version" "1.2")");
  EXPECT_EQ(id.os_family, "");
  EXPECT_EQ(id.major, "");
  EXPECT_EQ(id.os_major, "1");
}

TEST(ImapId, EscapesMeanNothing) {
  EXPECT_EQ(parse_imap_id(R"("name" "a \"q\" b")").family, "a \\");
}

TEST(ImapId, TextThatEndsEarlyHasNoValue) {
  for (const char* text : {"\"name", "\"name\"", "\"name\" ", "\"name\" \"", "\"name\" \"open"}) {
    EXPECT_EQ(parse_imap_id(text).family, "") << text;
  }
  EXPECT_EQ(parse_imap_id("\"version\" \"1.2").major, "");
}

TEST(ImapId, AnyBytesWillDo) {
  EXPECT_EQ(parse_imap_id(std::string_view("\"name\" \"a\0\xff\n\"", 13)).family, std::string_view("a\0\xff\n", 4));
  std::string names;
  for (int i = 0; i < 100'000; ++i) names += "\"name\"";  // quadratic if each one looked for its end
  EXPECT_EQ(parse_imap_id(names).family, "name");
}

}  // namespace
}  // namespace trackalert::device
