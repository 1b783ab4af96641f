// SPDX-License-Identifier: Apache-2.0
#include "alert/webhook_request.h"

#include <fmt/format.h>

#include <array>
#include <chrono>

#include "crypto/base64.h"
#include "crypto/hmac.h"

namespace trackalert::alert {

std::string delivery_id(base::WallTime now, unsigned hook_id, std::string_view name, std::uint64_t sequence) {
  const auto seed = fmt::format("{} {} {} {}", now.time_since_epoch().count(), hook_id, sequence, name);
  return crypto::base64_encode(crypto::sha256(seed));
}

std::string expand_url(std::string_view url, base::WallTime now) {
  const std::chrono::year_month_day date(std::chrono::floor<std::chrono::days>(now));
  const std::array<std::pair<std::string_view, std::string>, 3> macros{{
      {"%{YYYY}", fmt::format("{:04}", static_cast<int>(date.year()))},
      {"%{MM}", fmt::format("{:02}", static_cast<unsigned>(date.month()))},
      {"%{dd}", fmt::format("{:02}", static_cast<unsigned>(date.day()))},
  }};
  std::string expanded(url);
  for (const auto& [macro, value] : macros) {
    for (auto at = expanded.find(macro); at != expanded.npos; at = expanded.find(macro, at + value.size())) {
      expanded.replace(at, macro.size(), value);
    }
  }
  return expanded;
}

net::HttpClient::Request webhook_request(const WebhookConfig& config, unsigned hook_id, std::string_view name,
                                         std::string_view id_of_delivery, std::string body, base::WallTime now) {
  net::HttpClient::Request request{.method = "POST", .url = expand_url(config.url, now)};
  auto& headers = request.headers;
  if (config.basic_auth) headers.emplace_back("Authorization", "Basic " + crypto::base64_encode(*config.basic_auth));
  headers.emplace_back("Content-Type", config.content_type);
  if (config.api_key) headers.emplace_back("X-API-Key", *config.api_key);
  headers.emplace_back("X-Wforce-Delivery", id_of_delivery);
  headers.emplace_back("X-Wforce-Event", name);
  headers.emplace_back("X-Wforce-HookID", std::to_string(hook_id));
  if (config.secret) {
    headers.emplace_back("X-Wforce-Signature", crypto::base64_encode(crypto::hmac_sha256(*config.secret, body)));
  }
  request.body = std::move(body);
  return request;
}

}  // namespace trackalert::alert
