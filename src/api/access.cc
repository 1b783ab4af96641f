// SPDX-License-Identifier: Apache-2.0
#include "api/access.h"

#include <algorithm>

namespace trackalert::api {

base::Result<Access> Access::from(const policy::Settings& settings) {
  Access access;
  for (const auto& mask : settings.acl) {
    if (auto added = access.acl.add(mask); !added) return std::unexpected(added.error());
  }
  auto password = crypto::PasswordCheck::from_config(settings.webserver_password);
  if (!password) return base::fail("setWebserverPassword(): {}", password.error().message);
  access.password = std::move(*password);
  access.metrics_without_password = settings.metrics_without_password;
  access.answer_when_done = settings.answer_when_done;
  access.custom_endpoints = settings.custom_endpoints;
  std::sort(access.custom_endpoints.begin(), access.custom_endpoints.end());
  return access;
}

bool Access::needs_password(const Route& route) const {
  return route.password == Password::needed || (route.password == Password::as_configured && !metrics_without_password);
}

Access::Verdict Access::check_password(const Route& route, std::string_view authorization) const {
  if (!needs_password(route)) return Verdict::granted;
  const auto credentials = crypto::parse_basic_auth(authorization);
  if (!credentials) return Verdict::denied;
  if (password.needs_slow_check(credentials->password)) return Verdict::undecided;
  return password.matches(credentials->password) ? Verdict::granted : Verdict::denied;
}

bool Access::matches(std::string_view authorization) const {
  const auto credentials = crypto::parse_basic_auth(authorization);
  return credentials && password.matches(credentials->password);
}

}  // namespace trackalert::api
