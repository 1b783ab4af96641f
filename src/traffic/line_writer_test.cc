// SPDX-License-Identifier: Apache-2.0
#include "traffic/line_writer.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "login/parse.h"

namespace trackalert::traffic {
namespace {

Attempt attempt() {
  Attempt out;
  out.time = 1'767'571'200'250'000;
  out.remote = base::Address::v4({11, 0, 1, 2});
  out.login = 7;
  out.secret = 3;
  out.session = 0xabc;
  out.device = {0, 1};
  return out;
}

std::string line_of(const Attempt& what) {
  std::string out;
  LineWriter(1, "example.com").append(out, what);
  return out;
}

TEST(LineWriter, WritesAReportOfWforce) {
  EXPECT_EQ(
      line_of(attempt()),
      R"({"attrs": {}, "device_attrs": {"imapc.family": "Thunderbird", "imapc.major": "103", "imapc.minor": "5", )"
      R"("os.family": "", "os.major": "", "os.minor": ""}, )"
      R"("device_id": "\"name\" \"Thunderbird\" \"version\" \"103.5.1\"", "fail_type": "", "login": ")" +
          login_name(7, "example.com") + R"(", "policy_reject": false, "protocol": "imap", "pwhash": ")" +
          fmt::format("{:04x}", password_hash(1, 7, 3)) +
          R"(", "remote": "11.0.1.2", "session_id": "0000000000000abc", "success": true, )"
          R"("t": 1767571200.25, "tls": true, "type": "wforce_report"})"
          "\n");
}

TEST(LineWriter, LabelsAttackers) {
  auto what = attempt();
  EXPECT_EQ(line_of(what).find("label"), std::string::npos);
  what.label = {Family::brute_force, 17};
  EXPECT_NE(
      line_of(what).find(R"("fail_type": "", "label": {"attack": "brute_force", "campaign": "c17", "taken": true}, )"),
      std::string::npos);
  what.outcome = Outcome::wrong_password;
  EXPECT_NE(line_of(what).find(R"("fail_type": "credentials", "label": {"attack": "brute_force", "campaign": "c17", )"
                               R"("taken": false}, )"),
            std::string::npos);
}

TEST(LineWriter, SaysWhyALoginFailed) {
  login::Parser parser;
  const std::map<Outcome, std::string> words{{Outcome::success, ""},
                                             {Outcome::wrong_password, "credentials"},
                                             {Outcome::unknown_account, "account"},
                                             {Outcome::out_of_order, "internal"},
                                             {Outcome::refused, "policy"}};
  for (const auto& [outcome, word] : words) {
    auto what = attempt();
    what.outcome = outcome;
    what.tls = false;
    const auto report = parser.report(line_of(what), 0);
    ASSERT_TRUE(report) << report.error().reason;
    EXPECT_EQ(report->fail_type, word);
    EXPECT_EQ(report->success, outcome == Outcome::success);
    EXPECT_EQ(report->policy_reject, outcome == Outcome::refused);
    EXPECT_FALSE(report->tls);
    EXPECT_EQ(report->t, 1767571200.25);
    EXPECT_EQ(report->remote, what.remote);
    EXPECT_TRUE(report->has_device_attrs);
  }
}

TEST(LineWriter, LeavesOutNeedlessZeros) {
  auto what = attempt();
  what.time = 1'767'571'200'000'000;
  EXPECT_NE(line_of(what).find(R"("t": 1767571200, )"), std::string::npos);
  what.time += 1;
  EXPECT_NE(line_of(what).find(R"("t": 1767571200.000001, )"), std::string::npos);
}

TEST(PasswordHash, IsEqualForTheSameLoginAndPasswordOnly) {
  EXPECT_EQ(password_hash(1, 2, 3), password_hash(1, 2, 3));
  int same_password = 0;
  int same_login = 0;
  int same_nonce = 0;
  constexpr int pairs = 100'000;
  for (std::uint32_t i = 0; i < pairs; ++i) {
    same_password += password_hash(1, i, 3) == password_hash(1, i + 1, 3) ? 1 : 0;
    same_login += password_hash(1, 2, i) == password_hash(1, 2, i + 1) ? 1 : 0;
    same_nonce += password_hash(i, 2, 3) == password_hash(i + 1, 2, 3) ? 1 : 0;
  }
  // As often as in 12 bits.
  for (const int collisions : {same_password, same_login, same_nonce}) EXPECT_NEAR(collisions, pairs / 4096.0, 20);
}

TEST(LoginName, IsAnotherForEveryLogin) {
  std::set<std::string> names;
  for (LoginIndex login = 0; login < 100'000; ++login) names.insert(login_name(login, "example.com"));
  EXPECT_EQ(names.size(), 100'000U);
}

}  // namespace
}  // namespace trackalert::traffic
