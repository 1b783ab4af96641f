// SPDX-License-Identifier: Apache-2.0
#include "api/route.h"

#include <gtest/gtest.h>

namespace trackalert::api {
namespace {

const std::vector<std::string> custom{"a.c", "my name", "ours"};

Command command(std::string_view method, std::string_view target) {
  return find_route(method, target, custom).command;
}

TEST(Route, BothSpellings) {
  EXPECT_EQ(command("POST", "/?command=report"), Command::report);
  EXPECT_EQ(command("POST", "/command/report"), Command::report);
  EXPECT_EQ(command("GET", "/?x=1&command=stats&y"), Command::stats);
  EXPECT_EQ(command("HEAD", "/command/stats?ignored"), Command::stats);
  EXPECT_EQ(command("POST", "/?command=my+name"), Command::custom);
  EXPECT_EQ(command("POST", "/command/my%20name"), Command::custom);
  EXPECT_EQ(command("POST", "/?command=report&command=ours"), Command::custom);  // the last one decides
}

TEST(Route, PathsFoldCaseAndDecodeButNamesOfEndpointsAreExact) {
  EXPECT_EQ(command("GET", "/Command/St%61ts"), Command::stats);
  EXPECT_EQ(command("GET", "/METRICS"), Command::metrics);
  EXPECT_EQ(command("GET", "/?command=Stats"), Command::not_found);
  EXPECT_EQ(command("POST", "/command/abc"), Command::not_found);  // a name is no pattern
  EXPECT_EQ(command("POST", "/command/a.c"), Command::custom);
  EXPECT_EQ(command("POST", "/command/report/"), Command::not_found);
  EXPECT_EQ(command("POST", "//command/report"), Command::not_found);
  EXPECT_EQ(command("GET", "/%"), Command::not_found);
  EXPECT_EQ(command("GET", "/%4"), Command::not_found);
  EXPECT_EQ(command("GET", ""), Command::not_found);
}

TEST(Route, AbsoluteForm) {
  EXPECT_EQ(command("GET", "http://host:1/command/livez"), Command::livez);
  EXPECT_EQ(command("POST", "http://host/?command=report"), Command::report);
  EXPECT_EQ(command("GET", "http://host"), Command::not_found);
  EXPECT_EQ(path_of("http://host/x?y"), "/x");
}

TEST(Route, WhatIsGuardedByWhat) {
  const auto by_path = find_route("GET", "/command/readyz", custom);
  EXPECT_TRUE(by_path.guarded);
  EXPECT_EQ(by_path.password, Password::not_needed);
  EXPECT_EQ(find_route("GET", "/?command=readyz", custom).password, Password::needed);
  EXPECT_EQ(find_route("GET", "/metrics", custom).password, Password::as_configured);
  EXPECT_EQ(find_route("GET", "/livez", custom).password, Password::not_needed);
  // Behind the password even unknown names, so that it cannot be seen which exist.
  EXPECT_EQ(find_route("GET", "/?command=nothing", custom).password, Password::needed);
  EXPECT_FALSE(find_route("GET", "/command/nothing", custom).guarded);
}

TEST(Route, WrongMethods) {
  EXPECT_EQ(command("GET", "/command/report"), Command::not_found);
  EXPECT_EQ(command("POST", "/?command=stats"), Command::not_found);
  EXPECT_EQ(command("POST", "/metrics"), Command::not_allowed);
  EXPECT_EQ(command("PATCH", "/command/livez"), Command::not_allowed);
  EXPECT_EQ(command("PATCH", "/?command=report"), Command::not_allowed);
  EXPECT_EQ(command("OPTIONS", "/metrics"), Command::no_options);
  EXPECT_EQ(command("OPTIONS", "/?command=stats"), Command::no_options);
  EXPECT_EQ(command("OPTIONS", "/command/report"), Command::not_found);
}

TEST(Route, Resources) {
  const auto login = find_route("GET", "/api/v1/logins/a%2Fb..%20c+d?x=1", custom);
  EXPECT_EQ(login.command, Command::show_login);
  EXPECT_EQ(login.argument, "a/b.. c+d");
  EXPECT_TRUE(login.guarded);
  EXPECT_EQ(login.password, Password::needed);
  EXPECT_EQ(command("HEAD", "/api/v1/logins/x"), Command::show_login);
  EXPECT_EQ(command("DELETE", "/api/v1/logins/x"), Command::erase_login);
  EXPECT_EQ(find_route("POST", "/api/v1/logins/x", custom).allow, "GET, HEAD, DELETE");
  EXPECT_EQ(find_route("GET", "/api/v1/remotes/2001:db8::1", custom).argument, "2001:db8::1");
  EXPECT_EQ(find_route("GET", "/api/v1/nets/192.0.2.0/24", custom).argument, "192.0.2.0/24");
  EXPECT_EQ(find_route("GET", "/api/v1/nets/192.0.2.0%2f24", custom).argument, "192.0.2.0/24");
  EXPECT_EQ(find_route("PUT", "/api/v1/nets/192.0.2.0/24", custom).allow, "GET, HEAD");
  EXPECT_EQ(command("POST", "/api/v1/history/query"), Command::history_query);
  EXPECT_EQ(find_route("GET", "/api/v1/history/query", custom).allow, "POST");
  for (const auto* path : {"/api/v1/", "/api/v1/logins", "/api/v1/logins/", "/api/v1/logins/a/b", "/api/v1/x/y",
                           "/api/v1/history/x", "/api/v1/remotes/a/b", "/api/v1/nets/", "/api/V1/logins/x"}) {
    EXPECT_EQ(command("GET", path), Command::not_found) << path;
  }
}

TEST(Route, NoFilesAreServed) {
  EXPECT_EQ(command("GET", "/trackalert.conf"), Command::not_found);
  EXPECT_EQ(command("GET", "/../etc/passwd"), Command::forbidden_path);
  EXPECT_EQ(command("GET", "/%2e%2e/x"), Command::forbidden_path);
}

}  // namespace
}  // namespace trackalert::api
