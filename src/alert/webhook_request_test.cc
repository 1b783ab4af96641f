// SPDX-License-Identifier: Apache-2.0
#include "alert/webhook_request.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace trackalert::alert {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;

constexpr base::WallTime november{std::chrono::microseconds{1'795'488'143'797'000}};  // 2026-11-24 02:42:23 UTC

TEST(ExpandUrl, ReplacesTheThreeMacrosEverywhereAndNothingElse) {
  EXPECT_EQ(expand_url("http://h/%{YYYY}-%{MM}-%{dd}/%{YYYY}%{YYYY}", november), "http://h/2026-11-24/20262026");
  EXPECT_EQ(expand_url("%{HH}%{yyyy}%{DD}%{YYYY%{MM%{}%", november), "%{HH}%{yyyy}%{DD}%{YYYY%{MM%{}%");
  EXPECT_EQ(expand_url("%{%{MM}", november), "%{11");
  EXPECT_EQ(expand_url("", november), "");
}

TEST(ExpandUrl, PadsAndUsesUtc) {
  const base::WallTime last_second{std::chrono::seconds{1'767'225'599}};  // 2025-12-31 23:59:59 UTC
  EXPECT_EQ(expand_url("%{YYYY}%{MM}%{dd}", last_second), "20251231");
  EXPECT_EQ(expand_url("%{YYYY}%{MM}%{dd}", last_second + std::chrono::seconds{1}), "20260101");
}

TEST(DeliveryId, IsOpaqueAndUnique) {
  std::set<std::string> ids;
  for (std::uint64_t i = 0; i < 1000; ++i) ids.insert(delivery_id(november, 1, "h", i));
  ids.insert(delivery_id(november, 2, "h", 0));
  ids.insert(delivery_id(november, 1, "g", 0));
  EXPECT_EQ(ids.size(), 1002);
  for (const auto& id : ids) EXPECT_EQ(id.size(), 44);
}

TEST(WebhookRequest, HasItsHeadersInAlphabeticalOrder) {
  const WebhookConfig config{
      .url = "http://h/%{dd}", .secret = "secret", .basic_auth = "wforce:super", .api_key = "myapikey"};
  const auto request = webhook_request(config, 1, "hook_full", "ID", R"({"foo":"bar"})", november);
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.url, "http://h/24");
  EXPECT_EQ(request.body, R"({"foo":"bar"})");
  EXPECT_THAT(request.headers,
              ElementsAre(Pair("Authorization", "Basic d2ZvcmNlOnN1cGVy"), Pair("Content-Type", "application/json"),
                          Pair("X-API-Key", "myapikey"), Pair("X-Wforce-Delivery", "ID"),
                          Pair("X-Wforce-Event", "hook_full"), Pair("X-Wforce-HookID", "1"),
                          Pair("X-Wforce-Signature", "PzqzmGtlarsXrz6xRD7WwI74//n+qDkVkJ0bQhrsib4=")));
}

TEST(WebhookRequest, AnEmptySecretSignsToo) {
  const auto request = webhook_request({.secret = ""}, 7, "h", "ID", "x", november);
  ASSERT_EQ(request.headers.size(), 5);
  // HMAC-SHA256 of "x" under the empty key, by Python's hmac module.
  EXPECT_THAT(request.headers.back(), Pair("X-Wforce-Signature", "TLyWCZpkZ84AJGHxBUm0iYJl6+YYi0XvrMRCk1FuYsQ="));
}

}  // namespace
}  // namespace trackalert::alert
