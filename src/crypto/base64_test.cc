// SPDX-License-Identifier: Apache-2.0
#include "crypto/base64.h"

#include <gtest/gtest.h>

namespace trackalert::crypto {
namespace {

TEST(Base64, EncodesWithPadding) {
  EXPECT_EQ(base64_encode(std::string_view()), "");
  EXPECT_EQ(base64_encode("f"), "Zg==");
  EXPECT_EQ(base64_encode("fo"), "Zm8=");
  EXPECT_EQ(base64_encode("foo"), "Zm9v");
  EXPECT_EQ(base64_encode(std::string_view("\xff\xfe\xfb\0", 4)), "//77AA==");
}

TEST(Base64, DecodesWhatItEncodes) {
  for (std::size_t size = 0; size < 70; ++size) {
    const std::string bytes(size, static_cast<char>(size * 37));
    EXPECT_EQ(base64_decode(base64_encode(bytes)), bytes);
    EXPECT_EQ(base64_decode_blanks_and_no_padding(base64_encode(bytes)), bytes);
  }
}

TEST(Base64, StrictDecodeRefusesOtherSpellings) {
  for (const std::string_view text : {"Zg", "Zg=", "Zg===", "Zh==", "Z", "Zm9v=", "Zm 9v", " Zm9v", "Zm9v\n", "Zm9_",
                                      "Zm9!", "=", "====", "Zg==Zg==", "Z\xc3\xb6"})
    EXPECT_FALSE(base64_decode(text)) << text;
  EXPECT_FALSE(base64_decode(std::string_view("Zm9v\0", 5)));
}

TEST(Base64, BlanksAndMissingPaddingWhereAsked) {
  for (const std::string_view text : {"Zm8=", "Zm8", "Z m\t8", " Zm8= ", "Zm8 = "})
    EXPECT_EQ(base64_decode_blanks_and_no_padding(text), "fo") << text;
  EXPECT_EQ(base64_decode_blanks_and_no_padding(""), "");
  for (const std::string_view text : {"Z", "Zm8===", "Zm8-", "Zm8\n", "Zm=8", "Zg==Zg=="})
    EXPECT_FALSE(base64_decode_blanks_and_no_padding(text)) << text;
}

}  // namespace
}  // namespace trackalert::crypto
