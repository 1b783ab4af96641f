// SPDX-License-Identifier: Apache-2.0
#include "crypto/hmac.h"

#include <gtest/gtest.h>

#include <string>

#include "crypto/base64.h"

namespace trackalert::crypto {
namespace {

TEST(Hmac, OfAWebhookBody) {
  EXPECT_EQ(base64_encode(hmac_sha256("secret", R"({"foo":"bar"})")), "PzqzmGtlarsXrz6xRD7WwI74//n+qDkVkJ0bQhrsib4=");
}

// RFC 4231, cases 6 and 2, and a key and data of nothing.
TEST(Hmac, KeysOfAnyLength) {
  EXPECT_EQ(
      base64_encode(hmac_sha256(std::string(131, '\xaa'), "Test Using Larger Than Block-Size Key - Hash Key First")),
      "YOQxWR7gtn8Niiaqy/W3f44LxiE3KMUUBUYEDw7jf1Q=");
  EXPECT_EQ(base64_encode(hmac_sha256("Jefe", "what do ya want for nothing?")),
            "W9zBRr9gdU5qBCQmCJV1x1oAPwidJzmDnexYuWTsOEM=");
  EXPECT_EQ(base64_encode(hmac_sha256("", "")), "thNnmggU2ex3L5XXeMNfxf8Wl8STcVZTxscSFEKSxa0=");
}

TEST(Sha256, KnownAnswers) {
  EXPECT_EQ(base64_encode(sha256("")), "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
  EXPECT_EQ(base64_encode(sha256("abc")), "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=");
}

}  // namespace
}  // namespace trackalert::crypto
