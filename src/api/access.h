// SPDX-License-Identifier: Apache-2.0
// Who may ask, and what the HTTP side needs to know of the configuration. Immutable once built; a change publishes
// another.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "api/route.h"
#include "base/prefix.h"
#include "crypto/password.h"
#include "policy/settings.h"

namespace trackalert::api {

struct Access {
  base::PrefixSet acl;
  crypto::PasswordCheck password;
  bool metrics_without_password = false;
  bool answer_when_done = false;
  std::vector<std::string> custom_endpoints;  ///< sorted

  /// An error if the password looks like a hash and is none.
  static base::Result<Access> from(const policy::Settings& settings);

  enum class Verdict {
    granted,
    denied,
    undecided,  ///< hashing the password takes long: ask matches() on a thread that may wait
  };
  [[nodiscard]] bool needs_password(const Route& route) const;
  /// Of a route behind the password, for the Authorization header's value.
  [[nodiscard]] Verdict check_password(const Route& route, std::string_view authorization) const;
  /// As check_password(), but takes the time it needs.
  [[nodiscard]] bool matches(std::string_view authorization) const;
};

}  // namespace trackalert::api
