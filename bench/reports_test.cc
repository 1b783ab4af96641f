// SPDX-License-Identifier: Apache-2.0
#include "bench/reports.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string_view>

#include "base/address.h"
#include "base/json_value.h"
#include "bench/message.h"

namespace trackalert::bench {
namespace {

using base::JsonValue;

struct Request {
  std::vector<std::string> head;
  JsonValue body;
};

Request take_apart(const std::string& text) {
  Request out;
  std::size_t at = 0;
  while (true) {
    const auto end = text.find("\r\n", at);
    if (end == at || end == text.npos) break;
    out.head.push_back(text.substr(at, end - at));
    at = end + 2;
  }
  auto body = base::parse_json(std::string_view(text).substr(at + 2));
  EXPECT_TRUE(body) << text;
  if (body) out.body = *body;
  return out;
}

TEST(BuildReports, SendsWhatWforceSends) {
  const auto requests = build_reports({.host = "192.0.2.1:80", .authorization = "wforce:super", .count = 50});
  ASSERT_EQ(requests.size(), 50U);
  for (const auto& text : requests) {
    EXPECT_EQ(frame_message(text).state, Frame::State::complete);
    EXPECT_EQ(frame_message(text).length, text.size());
    const auto request = take_apart(text);
    using testing::StartsWith;
    EXPECT_THAT(request.head,
                testing::ElementsAre("POST /?command=report HTTP/1.1", "Host: 192.0.2.1:80", "Accept: */*",
                                     "Authorization: Basic d2ZvcmNlOnN1cGVy", "Content-Type: application/json",
                                     StartsWith("X-Wforce-Delivery: "), "X-Wforce-Event: report", "X-Wforce-HookID: 1",
                                     StartsWith("X-Wforce-Signature: "), StartsWith("Content-Length: ")));
    ASSERT_TRUE(request.body.as_object());
    std::vector<std::string> keys;
    for (const auto& [name, value] : *request.body.as_object()) keys.push_back(name);
    EXPECT_THAT(keys,
                testing::ElementsAre("attrs", "device_attrs", "device_id", "fail_type", "login", "policy_reject",
                                     "protocol", "pwhash", "remote", "session_id", "success", "t", "tls", "type"));
    EXPECT_TRUE(base::parse_address(*request.body.find("remote")->as_string()));
  }
}

TEST(BuildReports, RepeatsItselfForTheSameSeed) {
  EXPECT_EQ(build_reports({.count = 20}), build_reports({.count = 20}));
  EXPECT_NE(build_reports({.count = 20}), build_reports({.count = 20, .seed = 2}));
}

TEST(BuildReports, DrawsAFewLoginsOften) {
  std::map<std::string, unsigned> seen;
  for (const auto& text : build_reports({.count = 4000, .logins = 1000})) {
    ++seen[*take_apart(text).body.find("login")->as_string()];
  }
  EXPECT_GT(seen["user0@example.com"], 400U);  // 1 / H(1000) = 13 %
  EXPECT_LT(seen["user0@example.com"], 700U);
  EXPECT_GT(seen.size(), 400U);
  EXPECT_LE(seen.size(), 1000U);
}

TEST(BuildReports, HasAnAddressForEveryRank) {
  std::set<std::string> seen;
  for (const auto& text : build_reports({.count = 4000, .addresses = 10})) {
    seen.insert(*take_apart(text).body.find("remote")->as_string());
  }
  EXPECT_EQ(seen.size(), 10U);
}

}  // namespace
}  // namespace trackalert::bench
