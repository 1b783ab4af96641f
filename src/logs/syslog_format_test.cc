// SPDX-License-Identifier: Apache-2.0
#include "logs/syslog_format.h"

#include <gtest/gtest.h>

#include "logs/format_for_tests.h"

namespace trackalert::logs {
namespace {

const std::string at = "Nov 27 10:00:00 mx ";
const std::string sshd = at + "sshd[12]: ";
const std::string dovecot = at + "dovecot: ";
const std::string postfix = at + "postfix/smtpd[34]: ";

TEST(Sshd, PasswordsAndKeys) {
  Lines lines("sshd");
  EXPECT_EQ(lines.read(sshd + "Accepted password for joe from 192.0.2.1 port 50000 ssh2"),
            "1795770000 joe 192.0.2.1 ssh ok tls");
  EXPECT_EQ(lines.read(sshd + "Accepted publickey for joe from 2001:db8::1 port 5 ssh2: ED25519 SHA256:abc/def"),
            "1795770000 joe 2001:db8::1 ssh ok tls");
  EXPECT_EQ(lines.read(sshd + "Accepted keyboard-interactive/pam for joe from 192.0.2.1 port 50000 ssh2"),
            "1795770000 joe 192.0.2.1 ssh ok tls");
  EXPECT_EQ(lines.read(sshd + "Failed password for joe from 192.0.2.1 port 50000 ssh2"),
            "1795770000 joe 192.0.2.1 ssh failed credentials tls");
  EXPECT_EQ(lines.read(at + "sshd-session[9]: Failed password for invalid user admin from 192.0.2.1 port 50000 ssh2"),
            "1795770000 admin 192.0.2.1 ssh failed credentials tls");
  for (const auto* other : {"Failed none for invalid user x from 192.0.2.1 port 5 ssh2", "Server listening on 0.0.0.0",
                            "Failed publickey for joe from 192.0.2.1 port 50000 ssh2", "Invalid user x from 192.0.2.1",
                            "Connection closed by 192.0.2.1 port 5 [preauth]"}) {
    EXPECT_EQ(lines.read(sshd + other), "-") << other;
  }
}

TEST(Sshd, WhoGoesWithoutAPasswordIsAnAttemptOnce) {
  Lines lines("sshd");
  EXPECT_EQ(lines.read(sshd + "Connection closed by invalid user admin 192.0.2.1 port 7 [preauth]"),
            "1795770000 admin 192.0.2.1 ssh failed credentials tls");
  EXPECT_EQ(lines.read(sshd + "Failed password for root from 192.0.2.1 port 8 ssh2"),
            "1795770000 root 192.0.2.1 ssh failed credentials tls");
  EXPECT_EQ(lines.read(sshd + "Disconnected from authenticating user root 192.0.2.1 port 8 [preauth]"), "-");
  EXPECT_EQ(lines.read(sshd + "Connection reset by authenticating user root 192.0.2.1 port 9 [preauth]"),
            "1795770000 root 192.0.2.1 ssh failed credentials tls");
}

TEST(Sshd, Repeated) {
  Lines lines("sshd");
  const std::string one = "1795770000 joe 192.0.2.1 ssh failed credentials tls";
  EXPECT_EQ(lines.read(sshd + "message repeated 2 times: [ Failed password for joe from 192.0.2.1 port 5 ssh2]"),
            one + "; " + one);
  EXPECT_EQ(lines.read(sshd + "message repeated 2 times: [ Failed password for joe"), "-");
}

TEST(Sshd, ANameThatLooksLikeTheRestOfTheLineIsAName) {
  Lines lines("sshd");
  EXPECT_EQ(
      lines.read(sshd + "Failed password for invalid user x from 10.9.9.9 port 1 ssh2 from 192.0.2.1 port 50000 ssh2"),
      "1795770000 x from 10.9.9.9 port 1 ssh2 192.0.2.1 ssh failed credentials tls");
  EXPECT_EQ(lines.read(sshd + "Disconnected from invalid user x 10.9.9.9 port 1 [preauth] 192.0.2.1 port 5 [preauth]"),
            "1795770000 x 10.9.9.9 port 1 [preauth] 192.0.2.1 ssh failed credentials tls");
  EXPECT_EQ(lines.read(sshd + "Failed password for joe from nowhere port 5 ssh2"),
            "bad: no address where one should be");
  EXPECT_EQ(lines.read(sshd + "Failed password for joe"), "bad: an sshd line that breaks off");
}

TEST(Dovecot, LoginProcesses) {
  Lines lines("dovecot");
  EXPECT_EQ(lines.read(dovecot + "imap-login: Login: user=<joe>, method=PLAIN, rip=192.0.2.1, lip=192.0.2.9, "
                                 "mpid=12, TLS, session=<ab+/=>"),
            "1795770000 joe 192.0.2.1 imap ok tls session=ab+/=");
  EXPECT_EQ(lines.read(dovecot + "pop3-login: Login: user=<joe>, method=PLAIN, rip=::1, lip=::1, mpid=12, secured, "
                                 "session=<s>"),
            "1795770000 joe ::1 pop3 ok session=s");
  const std::string who = "user=<joe>, method=PLAIN, rip=192.0.2.1, lip=192.0.2.9, TLS, session=<s1>";
  const std::string failed = "1795770000 joe 192.0.2.1 imap failed credentials tls session=s1";
  EXPECT_EQ(lines.read(dovecot + "imap-login: Disconnected (auth failed, 1 attempts in 2 secs): " + who), failed);
  EXPECT_EQ(lines.read(dovecot + "imap-login: Aborted login (auth failed, 2 attempts in 6 secs): " + who),
            failed + "; " + failed);
  EXPECT_EQ(
      lines.read(dovecot + "imap-login: Disconnected: Connection closed (auth failed, 1 attempts in 2 secs): " + who),
      failed);
  EXPECT_EQ(lines.read(dovecot +
                       "imap-login: Login aborted: Connection closed (auth failed, 1 attempts in 2 secs) "
                       "(auth_failed): " +
                       who),
            failed);
  EXPECT_EQ(lines.read(at + "dovecot: managesieve-login: Disconnected (auth failed, 1 attempts in 2 secs): "
                            "user=<>, rip=192.0.2.1, lip=192.0.2.9, session=<s2>"),
            "1795770000  192.0.2.1 sieve failed credentials session=s2");
  EXPECT_EQ(lines.read("Nov 27 10:00:00 submission-login: Info: Login: " + who),
            "1795770000 joe 192.0.2.1 submission ok tls session=s1");
  for (const auto* other : {"imap-login: Disconnected (no auth attempts in 0 secs): user=<>, rip=192.0.2.1, lip=::1",
                            "imap(joe)<12><s>: Disconnected: Logged out in=1 out=2", "master: Warning: Killed",
                            "imap-login: Error: auth failed"}) {
    EXPECT_EQ(lines.read(dovecot + other), "-") << other;
  }
}

TEST(Dovecot, AFailureThatTwoTellOfCountsOnce) {
  Lines lines("dovecot");
  EXPECT_EQ(lines.read(dovecot + "auth: passwd-file(joe,192.0.2.1,<s1>): Password mismatch (SHA1 of given password: "
                                 "2fd4e1)"),
            "1795770000 joe 192.0.2.1  failed credentials pwhash=2fd4e1 session=s1");
  EXPECT_EQ(lines.read(dovecot + "imap-login: Disconnected (auth failed, 1 attempts in 2 secs): user=<joe>, "
                                 "method=PLAIN, rip=192.0.2.1, lip=192.0.2.9, TLS, session=<s1>"),
            "-");
}

TEST(Dovecot, Authentication) {
  Lines lines("dovecot");
  EXPECT_EQ(lines.read(dovecot + "auth-worker(12): conn unix:auth-worker (pid=1,uid=2): auth-worker<3>: "
                                 "sql(joe@example.com,192.0.2.1,<s>): unknown user"),
            "1795770000 joe@example.com 192.0.2.1  failed credentials session=s");
  EXPECT_EQ(lines.read("2026-11-27 10:00:00 auth-worker(12): Info: sql(joe,192.0.2.1): Password mismatch"),
            "1795770000 joe 192.0.2.1  failed credentials");
  EXPECT_EQ(lines.read(dovecot + "auth-worker(12): pam(joe,192.0.2.1): pam_authenticate() failed: Authentication "
                                 "failure (password mismatch?)"),
            "1795770000 joe 192.0.2.1  failed credentials");
  const auto first = lines.read(dovecot + "auth: passwd-file(joe,192.0.2.1): Password mismatch (given password: a)");
  const auto again = lines.read(dovecot + "auth: passwd-file(joe,192.0.2.1): Password mismatch (given password: a)");
  const auto other = lines.read(dovecot + "auth: passwd-file(joe,192.0.2.1): Password mismatch (given password: b)");
  EXPECT_EQ(first, again);
  EXPECT_NE(first, other);
  EXPECT_NE(first.find(" pwhash="), first.npos);
  for (const auto* nothing : {"auth: Error: sql(joe): Password mismatch", "auth: Debug: client in",
                              "auth: passwd-file(joe,192.0.2.1): something else"}) {
    EXPECT_EQ(lines.read(dovecot + nothing), "-") << nothing;
  }
}

TEST(Dovecot, NamesAndPasswordsThatLookLikeTheRest) {
  Lines lines("dovecot");
  EXPECT_EQ(
      lines.read(dovecot + "imap-login: Disconnected (auth failed, 1 attempts in 2 secs): user=<x>, method=PLAIN, "
                           "rip=10.9.9.9, lip=::1, session=<z>, method=PLAIN, rip=192.0.2.1, lip=::1, session=<s>"),
      "1795770000 x>, method=PLAIN, rip=10.9.9.9, lip=::1, session=<z 192.0.2.1 imap failed credentials "
      "session=s");
  EXPECT_EQ(lines.read(dovecot + "auth: sql(x,10.9.9.9): Password mismatch,192.0.2.1): Password mismatch"),
            "bad: a Dovecot line that can be read in two ways");
  EXPECT_EQ(lines.read(dovecot + "auth: sql(joe,192.0.2.1): Password mismatch (given password: a,10.9.9.9): "
                                 "Password mismatch)"),
            "bad: a Dovecot line that can be read in two ways");
}

TEST(Postfix, FailuresAndSuccesses) {
  Lines lines("postfix");
  EXPECT_EQ(lines.read(postfix + "warning: unknown[192.0.2.1]: SASL LOGIN authentication failed: UGFzc3dvcmQ6"),
            "1795770000  192.0.2.1 smtp failed credentials");
  EXPECT_EQ(lines.read(at + "postfix/submission/smtpd[3]: warning: h.example[192.0.2.1]: SASL PLAIN authentication "
                            "failed: (reason unavailable), sasl_username=joe@example.com"),
            "1795770000 joe@example.com 192.0.2.1 smtp failed credentials");
  EXPECT_EQ(lines.read(postfix + "4XyZ12: client=h.example[2001:db8::1], sasl_method=PLAIN, sasl_username=joe"),
            "1795770000 joe 2001:db8::1 smtp ok");
  for (const auto* other : {"connect from unknown[192.0.2.1]", "4XyZ12: client=h.example[192.0.2.1]",
                            "warning: hostname x does not resolve to address 192.0.2.1",
                            "warning: unknown[192.0.2.1]: SASL PLAIN authentication aborted",
                            "NOQUEUE: reject: RCPT from h[192.0.2.1]: 554; helo=<x: client=h[10.9.9.9], "
                            "sasl_method=PLAIN, sasl_username=joe>"}) {
    EXPECT_EQ(lines.read(postfix + other), "-") << other;
  }
}

TEST(Syslog, HasAllOfThemAndPassesOverTheRest) {
  Lines lines("syslog");
  EXPECT_EQ(lines.read(sshd + "Accepted password for joe from 192.0.2.1 port 50000 ssh2"),
            "1795770000 joe 192.0.2.1 ssh ok tls");
  EXPECT_EQ(lines.read(postfix + "4XyZ12: client=h.example[192.0.2.1], sasl_method=PLAIN, sasl_username=joe"),
            "1795770000 joe 192.0.2.1 smtp ok");
  EXPECT_EQ(lines.read(R"({"__REALTIME_TIMESTAMP":"1795773600000000","SYSLOG_IDENTIFIER":"sshd","MESSAGE":)"
                       R"("Accepted password for joe from 192.0.2.1 port 50000 ssh2"})"),
            "1795773600 joe 192.0.2.1 ssh ok tls");
  EXPECT_EQ(lines.read(at + "CRON[12]: pam_unix(cron:session): session opened"), "-");
  EXPECT_EQ(lines.read("what is this"), "bad: no line of a log");
  EXPECT_EQ(Lines("dovecot").read(sshd + "Accepted password for joe from 192.0.2.1 port 50000 ssh2"), "-");
}

}  // namespace
}  // namespace trackalert::logs
