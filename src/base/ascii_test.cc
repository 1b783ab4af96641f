// SPDX-License-Identifier: Apache-2.0
#include "base/ascii.h"

#include <gtest/gtest.h>

#include <string>

namespace trackalert::base {
namespace {

TEST(Ascii, SortsEveryByte) {
  std::string digits;
  std::string letters;
  std::string controls;
  for (int byte = 0; byte < 256; ++byte) {
    const char c = static_cast<char>(byte);
    if (is_digit(c)) digits += c;
    if (is_letter(c)) letters += c;
    if (is_control(c)) controls += c;
    EXPECT_EQ(is_letter_or_digit(c), is_letter(c) || is_digit(c)) << byte;
    EXPECT_EQ(is_letter(c), is_lower(c) != is_upper(c)) << byte;
  }
  EXPECT_EQ(digits, "0123456789");
  EXPECT_EQ(letters, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");
  EXPECT_EQ(controls.size(), 33);
  EXPECT_EQ(controls.back(), 0x7f);
}

TEST(Ascii, ReadsHexadecimalDigits) {
  std::string digits;
  for (int byte = 0; byte < 256; ++byte)
    if (hex_value(static_cast<char>(byte)) >= 0) digits += static_cast<char>(byte);
  EXPECT_EQ(digits, "0123456789ABCDEFabcdef");
  EXPECT_EQ(hex_value('7'), 7);
  EXPECT_EQ(hex_value('a'), 10);
  EXPECT_EQ(hex_value('F'), 15);
}

TEST(Ascii, ChangesTheCaseOfLettersAlone) {
  for (int byte = 0; byte < 256; ++byte) {
    const char c = static_cast<char>(byte);
    EXPECT_EQ(to_lower(c) != c, is_upper(c)) << byte;
    EXPECT_EQ(to_upper(c) != c, is_lower(c)) << byte;
    EXPECT_EQ(to_lower(to_upper(c)), to_lower(c)) << byte;
  }
}

TEST(Ascii, ComparesWithoutCase) {
  EXPECT_TRUE(equal_but_for_case("Content-LENGTH", "content-length"));
  EXPECT_TRUE(equal_but_for_case("", ""));
  EXPECT_FALSE(equal_but_for_case("content", "content-length"));
  EXPECT_FALSE(equal_but_for_case("[", "{")) << "which differ by the bit of the case";
  EXPECT_FALSE(equal_but_for_case("\xc4", "\xe4"));
}

TEST(Ascii, FindsControls) {
  EXPECT_FALSE(has_control("plain, and \xc3\xa4"));
  for (const std::string_view text : {"a\nb", "\t", "\x7f"}) EXPECT_TRUE(has_control(text));
  EXPECT_TRUE(has_control(std::string_view("\0", 1)));
}

}  // namespace
}  // namespace trackalert::base
