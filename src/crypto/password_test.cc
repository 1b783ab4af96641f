// SPDX-License-Identifier: Apache-2.0
#include "crypto/password.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

#include "crypto/base64.h"

namespace trackalert::crypto {
namespace {

TEST(PasswordCheck, Plain) {
  const auto check = PasswordCheck::from_config("su:per");
  ASSERT_TRUE(check);
  EXPECT_TRUE(check->matches("su:per"));
  for (const std::string_view wrong : {"", "su:pe", "su:per ", "Su:per", "su:perr"})
    EXPECT_FALSE(check->matches(wrong));
  EXPECT_FALSE(check->matches(std::string_view("su:per\0evil", 11)));
  EXPECT_FALSE(check->needs_slow_check("anything"));
}

TEST(PasswordCheck, UnsetMatchesNobody) {
  EXPECT_FALSE(PasswordCheck().matches(""));
  EXPECT_FALSE(PasswordCheck().matches("x"));
  EXPECT_FALSE(PasswordCheck().needs_slow_check("x"));
  const auto empty = PasswordCheck::from_config("");
  ASSERT_TRUE(empty);
  EXPECT_FALSE(empty->matches(""));
  EXPECT_FALSE(empty->matches("x"));
}

TEST(PasswordCheck, HashIsSlowUntilTheRightPasswordWasSeen) {
  const auto hash = hash_password("correct horse");
  ASSERT_TRUE(hash);
  EXPECT_TRUE(hash->starts_with("$argon2id$v=19$"));
  const auto check = PasswordCheck::from_config(*hash);
  ASSERT_TRUE(check);
  EXPECT_TRUE(check->needs_slow_check("battery"));
  EXPECT_FALSE(check->needs_slow_check(""));
  EXPECT_FALSE(check->matches(""));
  EXPECT_FALSE(check->matches("battery"));
  EXPECT_FALSE(check->matches(*hash));
  EXPECT_TRUE(check->needs_slow_check("battery"));
  const PasswordCheck copy(*check);  // NOLINT(performance-unnecessary-copy-initialization): the copy is what is tested
  EXPECT_TRUE(check->matches("correct horse"));
  EXPECT_FALSE(check->needs_slow_check("battery"));
  EXPECT_FALSE(copy.needs_slow_check("battery"));
  EXPECT_FALSE(check->matches("battery"));
  EXPECT_TRUE(copy.matches("correct horse"));
}

TEST(PasswordCheck, RefusesBrokenHashes) {
  const auto hash = hash_password("x");
  ASSERT_TRUE(hash);
  for (const std::string& broken : {std::string("$argon2id$"), hash->substr(0, hash->size() - 1),
                                    *hash + std::string("\0", 1), *hash + "!", "$argon2id$" + std::string(1000, 'A')}) {
    const auto check = PasswordCheck::from_config(broken);
    ASSERT_FALSE(check) << broken;
    EXPECT_EQ(check.error().message.find('$'), std::string::npos);
  }
  EXPECT_TRUE(PasswordCheck::from_config("$argon2"));  // an odd, but plain password
}

TEST(PasswordCheck, KnowsWhatItIsMadeOf) {
  const auto hash = hash_password("x");
  ASSERT_TRUE(hash);
  const std::vector<std::string> texts{"", "x", "y", *hash, *hash_password("x")};
  for (const auto& own : texts) {
    const auto check = PasswordCheck::from_config(own);
    ASSERT_TRUE(check);
    for (const auto& text : texts) EXPECT_EQ(check->is_made_of(text), text == own) << own << " " << text;
  }
  const auto learned = PasswordCheck::from_config(*hash);
  EXPECT_TRUE(learned->matches("x"));
  EXPECT_TRUE(learned->is_made_of(*hash));
  EXPECT_FALSE(learned->is_made_of("x")) << "it was not configured so";
}

TEST(PasswordCheck, ManyThreadsAtOnce) {
  const auto check = PasswordCheck::from_config(*hash_password("right"));
  std::atomic<int> right{0};
  std::atomic<int> wrong{0};
  {
    std::vector<std::jthread> threads;
    threads.reserve(4);
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&, i] {
        if (check->matches(i % 2 == 0 ? "right" : "wrong")) ++(i % 2 == 0 ? right : wrong);
      });
    }
  }
  EXPECT_EQ(right, 2);
  EXPECT_EQ(wrong, 0);
}

TEST(HashPassword, SaltsAndRefusesNothing) {
  EXPECT_NE(*hash_password("x"), *hash_password("x"));
  EXPECT_FALSE(hash_password(""));
}

std::string shown(const std::optional<Credentials>& found) {
  return found ? found->user + "|" + found->password : "none";
}

TEST(BasicAuth, SplitsAtTheFirstColon) {
  const auto parse = [](std::string_view text) { return shown(parse_basic_auth("Basic " + base64_encode(text))); };
  EXPECT_EQ(parse("foo:super"), "foo|super");
  EXPECT_EQ(parse(":super"), "|super");
  EXPECT_EQ(parse("foo:su:per:"), "foo|su:per:");
  EXPECT_EQ(parse("foo:"), "foo|");
  EXPECT_EQ(parse("foo"), "none");
  EXPECT_EQ(parse(""), "none");
  EXPECT_EQ(parse(std::string_view("a:super\0evil", 12)), std::string("a|super\0evil", 12));
}

TEST(BasicAuth, ReadsTheHeaderAsTheOriginalDid) {
  EXPECT_EQ(shown(parse_basic_auth("Basic Zm9vOnN1cGVy")), "foo|super");
  EXPECT_EQ(shown(parse_basic_auth("bAsIC Zm9vOnN1cGVy")), "foo|super");
  EXPECT_EQ(shown(parse_basic_auth("Basic Zm9v OnN1\tcGVy ")), "foo|super");
  EXPECT_EQ(shown(parse_basic_auth("Basic YTpiYw")), "a|bc");
  for (const std::string_view bad : {"", "Basic", "Basic ", "Bearer Zm9vOnN1cGVy", "BasicZm9vOnN1cGVy",
                                     "Basic\tZm9vOnN1cGVy", "Basic Zm9vOnN1cGV!", " Basic Zm9vOnN1cGVy"})
    EXPECT_FALSE(parse_basic_auth(bad)) << bad;
}

}  // namespace
}  // namespace trackalert::crypto
