// SPDX-License-Identifier: Apache-2.0
#include "console/utf8.h"

#include <gtest/gtest.h>

namespace trackalert::console {
namespace {

TEST(Utf8, ThereAndBack) {
  const std::string text = "a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80z";
  const std::wstring wide = from_utf8(text);
  EXPECT_EQ(wide.size(), 5);
  EXPECT_EQ(to_utf8(wide), text);
}

TEST(Utf8, WhatIsNoneIsReplaced) {
  const std::wstring replaced(1, replacement_character);
  EXPECT_EQ(from_utf8("\xff"), replaced);
  EXPECT_EQ(from_utf8("\x80x"), replaced + L"x");
  EXPECT_EQ(from_utf8("\xf4\xbf\xbf\xbf"), replaced);
  EXPECT_EQ(from_utf8("\xc3x"), L"x");
  EXPECT_EQ(from_utf8("\xe2\x82"), L"");
}

}  // namespace
}  // namespace trackalert::console
