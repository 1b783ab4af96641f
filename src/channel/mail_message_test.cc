// SPDX-License-Identifier: Apache-2.0
#include "channel/mail_message.h"

#include <gmock/gmock.h>

#include "channel/clean_text.h"

namespace trackalert::channel {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

MailMessage message(std::string subject) {
  return {.from = {"Login watch", "alerts@example.com"},
          .to = {{"Ann", "ann@example.org"}},
          .subject = std::move(subject),
          .text = "one\n.\ntwo = zwei\n",
          .html = "<p>\xc3\xa4</p>\n",
          .message_id = "delivery",
          .date = base::WallTime{std::chrono::seconds{1'795'000'000}}};
}

std::string header(const std::string& mail, const std::string& name) {
  const auto begin = mail.find("\r\n" + name + ": ");
  if (begin == mail.npos) return {};
  auto end = mail.find("\r\n", begin + 2);
  while (mail.compare(end + 2, 1, " ") == 0) end = mail.find("\r\n", end + 2);
  return mail.substr(begin + name.size() + 4, end - begin - name.size() - 4);
}

TEST(MailMessage, HasItsHeadersAndBothForms) {
  const auto mail = mail_text(message("Hello"));
  EXPECT_THAT(mail, StartsWith("From: Login watch <alerts@example.com>\r\nTo: Ann <ann@example.org>\r\n"));
  EXPECT_EQ(header(mail, "Subject"), "Hello");
  EXPECT_EQ(header(mail, "Date"), "Wed, 18 Nov 2026 11:06:40 +0000");
  EXPECT_EQ(header(mail, "Auto-Submitted"), "auto-generated");
  EXPECT_THAT(header(mail, "Message-ID"), testing::MatchesRegex("<[0-9a-f]+.trackalert@example.com>"));
  EXPECT_THAT(mail, HasSubstr("one\r\n=2E\r\ntwo =3D zwei\r\n"));
  EXPECT_THAT(mail, HasSubstr("<p>=C3=A4</p>\r\n"));
  EXPECT_EQ(mail, mail_text(message("Hello"))) << "another try is the same mail";
}

TEST(MailMessage, NoSubjectMakesAnotherHeader) {
  for (const std::string hostile : {"a\r\nBcc: x@y", "a\nBcc: x@y", "a\rBcc: x@y",
                                    "a\xe2\x80\xa8"
                                    "Bcc: x@y",
                                    "=?UTF-8?B?DQpCY2M6?="}) {
    const auto mail = mail_text(message(hostile));
    EXPECT_THAT(mail, Not(HasSubstr("\nBcc:"))) << hostile;
    EXPECT_THAT(mail, Not(HasSubstr("\rBcc:"))) << hostile;
    EXPECT_THAT(header(mail, "Subject"), Not(HasSubstr("=?UTF-8?B?DQpCY2M6?=")));
  }
  auto named = message("x");
  named.to.front().name = "Ann\r\nBcc: x@y, \"<z@z>";
  const auto mail = mail_text(named);
  EXPECT_THAT(mail, Not(HasSubstr("\nBcc:")));
  EXPECT_THAT(header(mail, "To"), testing::MatchesRegex("=\\?UTF-8\\?B\\?[A-Za-z0-9+/=]+\\?= <ann@example.org>"));
}

TEST(MailMessage, LongUtf8IsCutIntoWordsOfWholeCharacters) {
  std::string subject;
  for (int i = 0; i < 100; ++i) subject += "\xc3\xbc";
  const auto folded = header(mail_text(message(subject)), "Subject");
  EXPECT_THAT(folded, HasSubstr("?=\r\n =?UTF-8?B?"));
  std::size_t longest = 0;
  const auto mail = mail_text(message(subject + std::string(2000, 'x')));
  for (std::size_t at = 0; at < mail.size();) {
    const auto end = mail.find("\r\n", at);
    longest = std::max(longest, end - at);
    at = end + 2;
  }
  EXPECT_LE(longest, 78U);
}

TEST(MailMessage, LinesOfTheBodyAreShortWhateverItIs) {
  auto long_line = message("x");
  long_line.text = std::string(5000, ' ') + std::string(5000, '=') + "\xff\x01";
  const auto mail = mail_text(long_line);
  for (std::size_t at = 0; at < mail.size();) {
    const auto end = mail.find("\r\n", at);
    ASSERT_NE(end, mail.npos);
    EXPECT_LE(end - at, 78U);
    EXPECT_EQ(mail.substr(at, end - at).find('\n'), mail.npos);
    at = end + 2;
  }
}

TEST(Mailbox, IsAnAddressPerhapsWithAName) {
  EXPECT_EQ(Mailbox::parse(" ann@example.org "), (Mailbox{"", "ann@example.org"}));
  EXPECT_EQ(Mailbox::parse("\"Ann Other\" <ann@example.org>"), (Mailbox{"Ann Other", "ann@example.org"}));
  for (const auto* bad : {"", "ann", "@x", "ann@", "a b@x", "ann@x\r\nBcc: y", "<ann@x>>", "Ann ann@x>", "ann@x y",
                          "\xc3\xa4@x", "ann@x>\r\nRCPT TO:<y"}) {
    EXPECT_FALSE(Mailbox::parse(bad)) << bad;
  }
  EXPECT_FALSE(Mailbox::parse(std::string(250, 'a') + "@x.org"));
}

TEST(CleanText, IsOneLineOfWholeCharacters) {
  EXPECT_EQ(clean_text("a\r\n\tb\x7f\xc2\x85", 100), "a   b  ");
  EXPECT_EQ(clean_text("a\xe2\x80\xae\xe2\x80\x8b"
                       "b",
                       100),
            "ab")
      << "directions and zero widths go";
  EXPECT_EQ(clean_text("\xff\xc3", 100), "\xef\xbf\xbd\xef\xbf\xbd");
  EXPECT_EQ(clean_text("\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc", 7), "\xc3\xbc\xc3\xbc...");
  EXPECT_EQ(clean_text("abc", 3), "abc");
  EXPECT_EQ(html_escaped("<a href=\"x\">'&"), "&lt;a href=&quot;x&quot;&gt;&#39;&amp;");
}

}  // namespace
}  // namespace trackalert::channel
