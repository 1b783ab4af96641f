// SPDX-License-Identifier: Apache-2.0
#include "crypto/console_key.h"

#include <gtest/gtest.h>

namespace trackalert::crypto {
namespace {

TEST(ConsoleKey, RoundTrip) {
  const std::string text = "Ay9KXgU3g4ygK+qWT0Ut4gH8PPz02gbtPeXWPdjD0HE=";
  const auto key = Key::from_base64(text);
  ASSERT_TRUE(key);
  EXPECT_EQ(key->bytes()[0], 0x03);
  EXPECT_EQ(key->bytes()[31], 0x71);
  EXPECT_EQ(key->to_base64(), text);
}

TEST(ConsoleKey, RandomKeysDifferAndReadBack) {
  const Key key = Key::random();
  EXPECT_EQ(key.to_base64().size(), 44);
  EXPECT_NE(key.to_base64(), Key::random().to_base64());
  EXPECT_EQ(Key::from_base64(key.to_base64())->to_base64(), key.to_base64());
}

TEST(ConsoleKey, RefusesWhatIsNotExactly32Bytes) {
  for (const std::string_view text : {
           "", "YWJj", "!!!!", "\xff\xfe",
           "Ay9KXgU3g4ygK+qWT0Ut4gH8PPz02gbtPeXWPdjD0HE",    // no padding
           "Ay9KXgU3g4ygK+qWT0Ut4gH8PPz02gbtPeXWPdjD0HE= ",  // a blank
           "Ay9KXgU3g4ygK+qWT0Ut4gH8PPz02gbtPeXWPdjD0A==",   // 31 bytes
           "Ay9KXgU3g4ygK+qWT0Ut4gH8PPz02gbtPeXWPdjD0HEA",   // 33 bytes
           "Ay9KXgU3g4ygK!qWT0Ut4gH8PPz02gbtPeXWPdjD0HE=",   // a foreign character
       }) {
    const auto key = Key::from_base64(text);
    ASSERT_FALSE(key) << text;
    if (text.size() <= 4) continue;
    EXPECT_EQ(key.error().message.find(text.substr(0, 4)), std::string::npos);
  }
}

}  // namespace
}  // namespace trackalert::crypto
