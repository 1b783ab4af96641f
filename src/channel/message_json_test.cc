// SPDX-License-Identifier: Apache-2.0
#include "channel/message_json.h"

#include <gtest/gtest.h>

#include "alert/alert_for_tests.h"
#include "base/json_value.h"

namespace trackalert::channel {
namespace {

Message one() {
  return {.delivery_id = "d1", .items = {{alert::full_alert(1), News::opened}}};
}

TEST(MessageJson, OfOneAlertIsItsOwnFormAndMore) {
  const auto json = message_json(one());
  const auto form = alert::alert_json(alert::full_alert(1));
  EXPECT_EQ(json, form.substr(0, form.size() - 1) + R"(, "news": "opened", "delivery": "d1"})");
}

TEST(MessageJson, OfADigestSaysWhatItLeavesOut) {
  auto message = one();
  message.items.push_back({alert::full_alert(2), News::closed});
  message.digest = true;
  message.not_shown = 9'900;
  message.held_back = 3;
  const auto json = base::parse_json(message_json(message));
  ASSERT_TRUE(json);
  ASSERT_EQ(json->find("alerts")->as_array()->size(), 2);
  EXPECT_EQ(*json->find("alerts")->as_array()->at(1).find("news")->as_string(), "closed");
  EXPECT_EQ(*json->find("not_shown")->as_number(), 9'900);
  EXPECT_EQ(*json->find("held_back")->as_number(), 3);
}

TEST(MessageJson, StaysJsonWhateverALoginHolds) {
  auto message = one();
  message.items[0].alert.logins.add("\", \"id\": \"x\"}\n\r\x1b" + std::string(1, '\xff'));
  const auto text = message_json(message);
  const auto json = base::parse_json(text);
  ASSERT_TRUE(json) << text;
  EXPECT_EQ(*json->find("id")->as_string(), message.items[0].alert.id);
  EXPECT_EQ(text.find('\n'), text.npos);
  EXPECT_EQ(text.find('\xff'), text.npos);
}

TEST(MessageJson, WhatIsNoUtf8IsReplaced) {
  const std::string bad = "\xef\xbf\xbd";
  EXPECT_EQ(valid_utf8("a\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80z"), "a\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80z");
  EXPECT_EQ(valid_utf8("\xc3"), bad);
  EXPECT_EQ(valid_utf8("\xc0\x80"), bad + bad);
  EXPECT_EQ(valid_utf8("\xed\xa0\x80"), bad + bad + bad);
  EXPECT_EQ(valid_utf8("\xf4\x90\x80\x80"), bad + bad + bad + bad);
  EXPECT_EQ(valid_utf8("\xe2\x82z"), bad + bad + "z");
}

}  // namespace
}  // namespace trackalert::channel
