// SPDX-License-Identifier: Apache-2.0
#include "logs/syslog_line.h"

#include <gtest/gtest.h>

#include "logs/format_for_tests.h"

namespace trackalert::logs {
namespace {

const FixedZone one_hour_east{std::chrono::hours(1)};

std::string read(std::string_view line, history::Time reference = reference_for_tests) {
  SyslogReader reader({one_hour_east, reference});
  const auto envelope = reader.read(line);
  if (!envelope) return "nothing";
  return fmt::format("{}|{}|{}", static_cast<double>(envelope->time) / 1e6, envelope->program, envelope->message);
}

TEST(SyslogLine, ClassicIsLocalTime) {
  EXPECT_EQ(read("Nov 27 10:00:00 mx sshd[12]: hello"), "1795770000|sshd|hello");
  EXPECT_EQ(read("<38>Nov 27 10:00:00 mx sshd[12]: hello"), "1795770000|sshd|hello");
  EXPECT_EQ(read("Nov  7 10:00:00 mx /usr/sbin/sshd: a: b"), "1794042000|sshd|a: b");
  EXPECT_EQ(read("Nov 27 10:00:00 mx postfix/submission/smtpd[3]: x"), "1795770000|postfix/submission/smtpd|x");
}

TEST(SyslogLine, TheYearIsTheLastThatFits) {
  // Noon of the next day is within a day of the reference, its evening is not.
  EXPECT_EQ(read("Nov 28 12:59:59 mx sshd[1]: x"), "1795867199|sshd|x");
  EXPECT_EQ(read("Nov 28 13:00:01 mx sshd[1]: x"), "1764331201|sshd|x");
  EXPECT_EQ(read("Dec 31 23:59:59 mx sshd[1]: x"), "1767221999|sshd|x");
  EXPECT_EQ(read("Jan  1 00:00:00 mx sshd[1]: x"), "1767222000|sshd|x");
  EXPECT_EQ(read("Feb 29 01:00:00 mx sshd[1]: x"), "1709164800|sshd|x");  // 2024
  EXPECT_EQ(read("Nov 27 2019 10:00:00 mx sshd[12]: hello"), "1574845200|sshd|hello");
}

TEST(SyslogLine, ExactTimesHaveTheirZoneOrTheLocalOne) {
  EXPECT_EQ(read("2026-11-27T10:00:00.25+02:00 mx sshd[12]: x"), "1795766400.25|sshd|x");
  EXPECT_EQ(read("2026-11-27T10:00:00Z mx sshd[12]: x"), "1795773600|sshd|x");
  EXPECT_EQ(read("2026-11-27 10:00:00 imap-login: Info: x"), "1795770000|dovecot|imap-login: Info: x");
  EXPECT_EQ(read("2026-11-27 10:00:00.5 imap-login: Info: x"), "1795770000.5|dovecot|imap-login: Info: x");
}

TEST(SyslogLine, Rfc5424) {
  EXPECT_EQ(read("<38>1 2026-11-27T10:00:00Z mx sshd 123 - - hello there"), "1795773600|sshd|hello there");
  EXPECT_EQ(read(R"(<38>1 2026-11-27T10:00:00Z mx sshd 1 ID [a@1 b="c\"] d"][e f="]"] hello)"),
            "1795773600|sshd|hello");
  EXPECT_EQ(read("<38>1 2026-11-27T10:00:00Z mx sshd 1 ID [never closed"), "nothing");
}

TEST(SyslogLine, DovecotsOwnLogNamesNoHost) {
  EXPECT_EQ(read("Nov 27 10:00:00 auth-worker(12): Info: x"), "1795770000|dovecot|auth-worker(12): Info: x");
}

TEST(SyslogLine, Journal) {
  EXPECT_EQ(read(R"({"__REALTIME_TIMESTAMP":"1795773600500000","SYSLOG_IDENTIFIER":"sshd","MESSAGE":"hello"})"),
            "1795773600.5|sshd|hello");
  EXPECT_EQ(read(R"({"__REALTIME_TIMESTAMP":"1795773600500000","_COMM":"dovecot","MESSAGE":"hello"})"),
            "1795773600.5|dovecot|hello");
  EXPECT_EQ(read(R"({"__REALTIME_TIMESTAMP":"1795773600500000","SYSLOG_IDENTIFIER":"sshd","MESSAGE":[104,105]})"),
            "nothing");
  EXPECT_EQ(read(R"({"__REALTIME_TIMESTAMP":"-1","SYSLOG_IDENTIFIER":"sshd","MESSAGE":"x"})"), "nothing");
}

TEST(SyslogLine, AnythingElseIsNothing) {
  for (const auto* line : {"", " ", "Nov", "Nov 27", "Nov 27 10:00:00", "Nov 27 10:00:00 ", "Nov 27 10:00:00 mx",
                           "Nov 32 10:00:00 mx sshd: x", "Nov 27 24:00:00 mx sshd: x", "Nov 27 10-00-00 mx sshd: x",
                           "Xyz 27 10:00:00 mx sshd: x", "2026-13-27T10:00:00Z mx sshd: x",
                           "Feb 30 10:00:00 mx sshd: x", "<38>1 2026-11-27T10:00:00Z", "{", "{}"}) {
    EXPECT_EQ(read(line), "nothing") << line;
  }
}

}  // namespace
}  // namespace trackalert::logs
