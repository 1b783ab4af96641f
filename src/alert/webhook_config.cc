// SPDX-License-Identifier: Apache-2.0
#include "alert/webhook_config.h"

#include <algorithm>

namespace trackalert::alert {
namespace {

bool has_control(std::string_view text) {
  return std::ranges::any_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

/// Where the host, or the user before it, begins. libcurl takes "http:/host" and "host" for URLs too.
std::size_t authority_start(std::string_view url) {
  const auto colon = url.find(':');
  if (colon == url.npos || colon + 1 >= url.size() || url[colon + 1] != '/') return 0;
  return std::min(url.find_first_not_of('/', colon + 1), url.size());
}

}  // namespace

base::Result<WebhookConfig> WebhookConfig::from(const KeyValues& pairs) {
  WebhookConfig config;
  std::optional<std::string> url;
  for (const auto& [key, value] : pairs) {
    if (key == "url")
      url = value;
    else if (key == "secret")
      config.secret = value;
    else if (key == "basic-auth")
      config.basic_auth = value;
    else if (key == "api-key")
      config.api_key = value;
    else if (key == "content-type")
      config.content_type = value;
    else if (key == "retry")
      config.retry = value == "true";
    else
      continue;
    if (has_control(value)) return base::fail("Control character in the value of configuration key: {}", key);
    if (key == "retry" && value != "true" && value != "false") return base::fail("retry is true or false");
  }
  if (!url) return base::fail("Missing mandatory configuration key: url");
  config.url = std::move(*url);
  config.shown_url = redact_url(config.url);
  return config;
}

std::string redact_url(std::string_view url) {
  const auto start = authority_start(url);
  const auto authority = url.substr(start, url.find_first_of("/?#", start) - start);
  const auto at = authority.rfind('@');
  const auto colon = authority.find(':');
  if (at == authority.npos || colon >= at) return std::string(url);
  std::string shown(url);
  shown.replace(start + colon + 1, at - colon - 1, "***");
  return shown;
}

}  // namespace trackalert::alert
