// SPDX-License-Identifier: Apache-2.0
#include "device/mobile_app.h"

#include <gtest/gtest.h>

#include <string>

namespace trackalert::device {
namespace {

TEST(MobileApp, ReadsAllFields) {
  const auto app = parse_mobile_app("OpenXchange.iOS.Mail/1.0.3 (OS: 10.2.3; device: iPhone 7 Plus)");
  EXPECT_EQ(app.brand, "OpenXchange");
  EXPECT_EQ(app.os_family, "iOS");
  EXPECT_EQ(app.name, "Mail");
  EXPECT_EQ(app.major, "1");
  EXPECT_EQ(app.minor, "0");
  EXPECT_EQ(app.os_major, "10");
  EXPECT_EQ(app.os_minor, "2");
  EXPECT_EQ(app.device, "iPhone 7 Plus");
}

TEST(MobileApp, TheNameGoesOnToTheSlashBeforeTheVersion) {
  EXPECT_EQ(parse_mobile_app("a.b.c.d.e/1.2").name, "c.d.e");
  EXPECT_EQ(parse_mobile_app("a.b.c/d/1.2").name, "c/d");
  EXPECT_EQ(parse_mobile_app("a.b.c/1.2/3.4").major, "1");
}

TEST(MobileApp, TheProductIsAllOrNothing) {
  for (const char* text :
       {"a.b.c/1", "a.b.c/1.", "a.b.c/.1", "a.b.c 1.2", "a.b/1.2", "ab/1.2", "a.b.c", "..", "/1.2"}) {
    const auto app = parse_mobile_app(text);
    EXPECT_EQ(app.brand, "") << text;
    EXPECT_EQ(app.os_family, "") << text;
    EXPECT_EQ(app.name, "") << text;
    EXPECT_EQ(app.major, "") << text;
    EXPECT_EQ(app.minor, "") << text;
  }
}

TEST(MobileApp, OsVersionStandsAnywhere) {
  EXPECT_EQ(parse_mobile_app("OS:1.2").os_major, "1");
  EXPECT_EQ(parse_mobile_app("x OS: \t 1.2").os_minor, "2");
  EXPECT_EQ(parse_mobile_app("OS: x OS: 7 OS: 3.4").os_major, "3");
  EXPECT_EQ(parse_mobile_app("os: 1.2").os_major, "");
  EXPECT_EQ(parse_mobile_app("OS:").os_major, "");
}

TEST(MobileApp, DeviceIsTheLongestRunOfItsCharacters) {
  EXPECT_EQ(parse_mobile_app("device: iPad5,3").device, "iPad5");
  EXPECT_EQ(parse_mobile_app("device:   Foo Bar_1.2/x-y (z)").device, "Foo Bar_1.2/x-y ");
  EXPECT_EQ(parse_mobile_app("device:X").device, "X");
  EXPECT_EQ(parse_mobile_app("device: (none) device: X").device, "X");
  EXPECT_EQ(parse_mobile_app("device:   ").device, "");
}

TEST(MobileApp, AnyBytesWillDo) {
  EXPECT_EQ(parse_mobile_app(std::string_view("a\0.\xff.c/1.2", 10)).brand, std::string_view("a\0", 2));
  std::string text = "a.b.";
  for (int i = 0; i < 100'000; ++i) text += "/1";
  EXPECT_EQ(parse_mobile_app(text).name, "");
  std::string keys;
  for (int i = 0; i < 100'000; ++i) keys += "device:OS:";
  EXPECT_EQ(parse_mobile_app(keys).device, "OS");
}

}  // namespace
}  // namespace trackalert::device
