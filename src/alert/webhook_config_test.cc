// SPDX-License-Identifier: Apache-2.0
#include "alert/webhook_config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace trackalert::alert {
namespace {

TEST(WebhookConfig, ReadsItsKeysAndIgnoresOthers) {
  const auto config = WebhookConfig::from({{"url", "https://h/"},
                                           {"secret", ""},
                                           {"basic-auth", "u:p"},
                                           {"api-key", "k"},
                                           {"content-type", "text/plain"},
                                           {"kafka", "true"},
                                           {"anything", "else\nat all"}});
  ASSERT_TRUE(config);
  EXPECT_EQ(config->url, "https://h/");
  EXPECT_EQ(config->secret, "");
  EXPECT_EQ(config->basic_auth, "u:p");
  EXPECT_EQ(config->api_key, "k");
  EXPECT_EQ(config->content_type, "text/plain");
}

TEST(WebhookConfig, HasDefaultsAndTakesAnEmptyUrl) {
  const auto config = WebhookConfig::from({{"url", ""}});
  ASSERT_TRUE(config);
  EXPECT_EQ(config->content_type, "application/json");
  EXPECT_FALSE(config->secret || config->basic_auth || config->api_key);
}

TEST(WebhookConfig, WithoutUrlFails) {
  EXPECT_EQ(WebhookConfig::from({{"secret", "x"}}).error().message, "Missing mandatory configuration key: url");
}

TEST(WebhookConfig, RefusesControlCharactersNamingTheKeyNotTheValue) {
  for (const std::string key : {"url", "secret", "basic-auth", "api-key", "content-type"}) {
    for (const std::string& bad : {std::string("hush\r\nX-Evil: 1"), std::string("hush\n"), std::string("hush\0", 5),
                                   std::string("hush\t"), std::string("hush\x7f")}) {
      const auto config = WebhookConfig::from({{"url", "http://h/"}, {key, bad}});
      ASSERT_FALSE(config) << key;
      EXPECT_EQ(config.error().message, "Control character in the value of configuration key: " + key);
    }
  }
}

TEST(WebhookConfig, RetriesOnlyIfItIsToldTo) {
  EXPECT_FALSE(WebhookConfig::from({{"url", "http://h/"}})->retry);
  EXPECT_FALSE(WebhookConfig::from({{"url", "http://h/"}, {"retry", "false"}})->retry);
  EXPECT_TRUE(WebhookConfig::from({{"url", "http://h/"}, {"retry", "true"}})->retry);
  EXPECT_EQ(WebhookConfig::from({{"url", "http://h/"}, {"retry", "1"}}).error().message, "retry is true or false");
}

TEST(RedactUrl, HidesOnlyThePassword) {
  EXPECT_EQ(redact_url("http://user:pass@host/path"), "http://user:***@host/path");
  EXPECT_EQ(redact_url("https://user:p:a@ss@host:1/p?q=a:b@c"), "https://user:***@host:1/p?q=a:b@c");
  EXPECT_EQ(redact_url("http://:pass@host"), "http://:***@host");
  EXPECT_EQ(redact_url("user:pass@host/p"), "user:***@host/p");
  EXPECT_EQ(redact_url("http:/user:pass@host/p"), "http:/user:***@host/p");
  EXPECT_EQ(redact_url("http:///user:pass@host/p"), "http:///user:***@host/p");
}

TEST(RedactUrl, LeavesOtherUrlsAlone) {
  for (const char* url :
       {"", ":", "http:", "http:/", "http://", "http://host/", "http://user@host/", "@", "http://host:80/a:b@c",
        "http://host?a:b@c", "http://host#a:b@c", "http://[::1]:80/%{YYYY}", "host:80/path"}) {
    EXPECT_EQ(redact_url(url), url);
  }
}

}  // namespace
}  // namespace trackalert::alert
