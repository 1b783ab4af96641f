// SPDX-License-Identifier: Apache-2.0
#include "alert/webhook_config.h"

#include <algorithm>

#include "base/ascii.h"

namespace trackalert::alert {
namespace {

/// Where the host, or the user before it, begins. libcurl takes "http:/host" and "host" for URLs too.
std::size_t authority_start(std::string_view url) {
  const auto colon = url.find(':');
  if (colon == url.npos || colon + 1 >= url.size() || url[colon + 1] != '/') return 0;
  return std::min(url.find_first_not_of('/', colon + 1), url.size());
}

constexpr std::string_view hidden = "***";

/// Services that take webhooks like to have their secret in the path: long, and of letters and digits that no person
/// would choose.
bool may_be_token(std::string_view part) {
  constexpr std::size_t shortest = 20;
  constexpr std::size_t surely = 32;
  constexpr std::string_view digits = "0123456789";
  constexpr std::string_view capitals = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
  if (part.size() < shortest || part.find_first_of("%{}") != part.npos) return false;
  return part.size() >= surely ||
         (part.find_first_of(digits) != part.npos && part.find_first_of(capitals) != part.npos);
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
    if (base::has_control(value)) return base::fail("Control character in the value of configuration key: {}", key);
    if (key == "retry" && value != "true" && value != "false") return base::fail("retry is true or false");
  }
  if (!url) return base::fail("Missing mandatory configuration key: url");
  config.url = std::move(*url);
  config.shown_url = redact_url(config.url);
  return config;
}

std::string redact_url(std::string_view url) {
  const auto start = authority_start(url);
  const auto end = std::min(url.find_first_of("/?#", start), url.size());
  const auto authority = url.substr(start, end - start);
  std::string shown(url.substr(0, end));
  const auto at = authority.rfind('@');
  const auto colon = authority.find(':');
  if (at != authority.npos && colon < at) shown.replace(start + colon + 1, at - colon - 1, hidden);
  const auto path = url.substr(end, url.find_first_of("?#", end) - end);
  for (std::size_t begin = 0; begin < path.size();) {
    const auto next = std::min(path.find('/', begin + 1), path.size());
    const auto part = path.substr(begin + 1, next - begin - 1);
    shown += '/';
    shown += may_be_token(part) ? hidden : part;
    begin = next;
  }
  const auto rest = end + path.size();
  if (rest < url.size()) shown.append(1, url[rest]).append(hidden);
  return shown;
}

}  // namespace trackalert::alert
