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

TEST(RedactUrl, HidesThePassword) {
  EXPECT_EQ(redact_url("http://user:pass@host/path"), "http://user:***@host/path");
  EXPECT_EQ(redact_url("https://user:p:a@ss@host:1/p?q=a:b@c"), "https://user:***@host:1/p?***");
  EXPECT_EQ(redact_url("http://:pass@host"), "http://:***@host");
  EXPECT_EQ(redact_url("user:pass@host/p"), "user:***@host/p");
  EXPECT_EQ(redact_url("http:/user:pass@host/p"), "http:/user:***@host/p");
  EXPECT_EQ(redact_url("http:///user:pass@host/p"), "http:///user:***@host/p");
}

TEST(RedactUrl, HidesWhatMayBeAToken) {
  EXPECT_EQ(redact_url("https://h/services/T0A1/B0B2/Xa8vQ0pWzY1kLmN3oP5qR7sT/x"),
            "https://h/services/T0A1/B0B2/***/x");
  EXPECT_EQ(redact_url("https://h/hooks/2f1d6f0e-6f0a-4c55-9d0f-0a4a7f3f1d11"), "https://h/hooks/***");
  EXPECT_EQ(redact_url("https://h/in?api_key=abc#d"), "https://h/in?***");
  EXPECT_EQ(redact_url("https://h#token"), "https://h#***");
}

TEST(RedactUrl, LeavesOtherUrlsAlone) {
  for (const char* url : {"", ":", "http:", "http:/", "http://", "http://host/", "http://user@host/", "@",
                          "http://host:80/a:b@c", "http://host//a/", "http://host/reports-of-trackalert",
                          "http://host/%{YYYY}-%{MM}-%{dd}-Reports", "http://[::1]:80/%{YYYY}", "host:80/path"}) {
    EXPECT_EQ(redact_url(url), url);
  }
}

}  // namespace
}  // namespace trackalert::alert
