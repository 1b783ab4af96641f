// SPDX-License-Identifier: Apache-2.0
// What an operator says about one webhook, checked. A value.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace trackalert::alert {

using KeyValues = std::vector<std::pair<std::string, std::string>>;

struct WebhookConfig {
  std::string url;        ///< as configured, macros unexpanded; may be empty, then every delivery fails
  std::string shown_url;  ///< the same for logs, metrics and the console: a password in it has become "***"
  std::optional<std::string> secret;
  std::optional<std::string> basic_auth;  ///< "user:password"
  std::optional<std::string> api_key;
  std::string content_type = "application/json";  ///< empty: no such header
  bool retry = false;                             ///< kept and tried again, where there is an outbox

  /// From the keys url (mandatory), secret, basic-auth, api-key, content-type and retry ("true", "false"); others are
  /// ignored, whatever they hold. A control character in a value is an error, since all but one of them end up in a
  /// header or a log line. An error names the key, never the value.
  static base::Result<WebhookConfig> from(const KeyValues& pairs);
};

/// "http://user:password@host/" as "http://user:***@host/"; a URL without a password as it is.
[[nodiscard]] std::string redact_url(std::string_view url);

}  // namespace trackalert::alert
