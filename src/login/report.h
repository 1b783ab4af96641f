// SPDX-License-Identifier: Apache-2.0
// One login attempt as received. A plain value: whoever holds it owns it.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/address.h"

namespace trackalert::login {

/// Name to text, sorted by name, names unique.
using Attributes = std::vector<std::pair<std::string, std::string>>;
/// Name to several texts, sorted by name, names unique.
using MultiAttributes = std::vector<std::pair<std::string, std::vector<std::string>>>;

struct Report {
  double t = 0;          ///< when, seconds since 1970
  base::Address remote;  ///< the client; IPv4-mapped IPv6 has become IPv4
  std::string login;
  std::string pwhash;
  std::string protocol;
  std::string device_id;
  std::string session_id;
  std::string fail_type;
  bool success = false;
  bool policy_reject = false;
  bool tls = false;
  Attributes attrs;
  MultiAttributes attrs_mv;
  Attributes device_attrs;
  /// Whether the client sent device_attrs as an object; if not, device_id is ours to parse.
  bool has_device_attrs = false;
};

}  // namespace trackalert::login
