// SPDX-License-Identifier: Apache-2.0
#include "api/cross_site.h"

#include <gtest/gtest.h>

namespace trackalert::api {
namespace {

bool refused(std::string_view origin, std::string_view fetch_site, std::string_view method = "POST") {
  return is_cross_site({.method = method, .host = "alerts.example:8084", .origin = origin, .fetch_site = fetch_site});
}

TEST(CrossSite, ProgramsSayNothing) {
  for (const auto* method : {"POST", "PUT", "DELETE", "GET"}) EXPECT_FALSE(refused("", "", method));
}

TEST(CrossSite, OurOwnOriginIsNoOtherSite) {
  EXPECT_FALSE(refused("http://alerts.example:8084", "same-origin"));
  EXPECT_FALSE(refused("https://Alerts.Example:8084", ""));
  EXPECT_FALSE(refused("", "none"));
}

TEST(CrossSite, OthersMayChangeNothing) {
  for (const auto* method : {"POST", "PUT", "DELETE", "PATCH"}) {
    EXPECT_TRUE(refused("", "cross-site", method)) << method;
    EXPECT_TRUE(refused("", "same-site", method)) << method;
    for (const auto* origin : {"https://evil.example", "null", "http://alerts.example", "http://alerts.example:80",
                               "http://alerts.example:8084.evil.example", "://"}) {
      EXPECT_TRUE(refused(origin, "", method)) << origin;
      EXPECT_TRUE(refused(origin, "same-origin", method)) << origin;
    }
  }
}

TEST(CrossSite, WhatOnlyReadsIsForTheBrowserToKeepApart) {
  for (const auto* method : {"GET", "HEAD"}) EXPECT_FALSE(refused("https://evil.example", "cross-site", method));
}

}  // namespace
}  // namespace trackalert::api
