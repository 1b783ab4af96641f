// SPDX-License-Identifier: Apache-2.0
#include "alert/signed_link.h"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include <fstream>

#include "alert/temporary_folder_for_tests.h"

namespace trackalert::alert {
namespace {

using testing::HasSubstr;

constexpr history::Time now = history::Time{1'795'000'000} * history::second;

const crypto::Key key = crypto::Key::from_base64("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=").value();
const LinkSigner signer(key);

Link link() {
  return {.alert = "0123456789abcdef",
          .login_hash = signer.login_hash("ann"),
          .expires = now + history::day,
          .language = "de",
          .proposed = Verdict::bad,
          .id = signer.link_id("delivery", "ann")};
}

TEST(SignedLink, ComesBack) {
  const auto token = signer.token(link());
  EXPECT_EQ(token.size(), LinkSigner::token_size);
  EXPECT_EQ(token.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"), token.npos);
  EXPECT_EQ(signer.read(token, now), link());
}

TEST(SignedLink, EveryAlteredLetterIsRefused) {
  const auto token = signer.token(link());
  for (std::size_t i = 0; i < token.size(); ++i) {
    for (const char c : {'A', 'B', '-', '_', '+', '/', '=', '\0', '\xff'}) {
      if (token[i] == c) continue;
      auto altered = token;
      altered[i] = c;
      EXPECT_FALSE(signer.read(altered, now)) << i << " " << c;
    }
  }
}

TEST(SignedLink, EveryOtherLengthIsRefused) {
  const auto token = signer.token(link());
  for (std::size_t size = 0; size < token.size(); ++size) EXPECT_FALSE(signer.read(token.substr(0, size), now));
  EXPECT_FALSE(signer.read(token + "A", now));
  EXPECT_FALSE(signer.read(token + "=", now));
}

TEST(SignedLink, EndsToTheSecond) {
  const auto token = signer.token(link());
  EXPECT_TRUE(signer.read(token, now + history::day - 1));
  EXPECT_FALSE(signer.read(token, now + history::day));
}

TEST(SignedLink, AnotherKeyDoesNotKnowIt) {
  EXPECT_FALSE(LinkSigner(crypto::Key::random()).read(signer.token(link()), now));
  EXPECT_NE(LinkSigner(crypto::Key::random()).login_hash("ann"), signer.login_hash("ann"));
}

TEST(SignedLink, WhatHasNoSuchFormIsNoToken) {
  const auto spoilt = [](auto change) {
    auto it = link();
    change(it);
    return signer.token(it);
  };
  EXPECT_EQ(spoilt([](Link& it) { it.alert = "0123456789ABCDEF"; }), "");
  EXPECT_EQ(spoilt([](Link& it) { it.alert = ""; }), "");
  EXPECT_EQ(spoilt([](Link& it) { it.language = "german"; }), "");
  EXPECT_EQ(spoilt([](Link& it) { it.expires = -1; }), "");
}

TEST(SignedLink, IdsTellDeliveriesAndLoginsApart) {
  EXPECT_EQ(signer.link_id("d", "ann"), signer.link_id("d", "ann"));
  EXPECT_NE(signer.link_id("d", "ann"), signer.link_id("e", "ann"));
  EXPECT_NE(signer.link_id("d", "ann"), signer.link_id("d", "bob"));
  EXPECT_NE(signer.link_id("d", "ann"), signer.login_hash(std::string("d\0ann", 5)));
}

TEST(LinkKey, IsMadeOnceForOurEyesOnly) {
  const TemporaryFolder folder;
  const auto first = open_link_key(folder.file("."));
  ASSERT_TRUE(first) << first.error().message;
  const auto second = open_link_key(folder.file("."));
  ASSERT_TRUE(second);
  EXPECT_EQ(first->bytes(), second->bytes());
  struct stat status{};
  ASSERT_EQ(::stat(folder.file(link_key_file).c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0600U);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder.file(".")), {}), 1) << "a draft was left";
}

TEST(LinkKey, IsNotTakenFromAFileThatOthersReadOrThatIsNone) {
  const TemporaryFolder folder;
  ASSERT_TRUE(open_link_key(folder.file(".")));
  const auto file = folder.file(link_key_file);
  ASSERT_EQ(::chmod(file.c_str(), 0640), 0);
  EXPECT_THAT(open_link_key(folder.file(".")).error().message, HasSubstr("may be read by others"));
  ASSERT_EQ(::chmod(file.c_str(), 0600), 0);
  std::ofstream(file) << "too short";
  EXPECT_THAT(open_link_key(folder.file(".")).error().message, HasSubstr("feedback.key"));
  EXPECT_THAT(open_link_key(folder.file("nowhere")).error().message, HasSubstr("nowhere"));
}

}  // namespace
}  // namespace trackalert::alert
