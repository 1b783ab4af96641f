// SPDX-License-Identifier: Apache-2.0
#include "channel/http_outcome.h"

#include <fmt/format.h>

namespace trackalert::channel {

Outcome outcome_of(const base::Result<net::HttpClient::Response>& result) {
  if (!result) return failed(result.error().message);
  const auto status = result->status;
  if (status / 100 == 2) return {};
  const bool its_fault = status == 400 || status == 413 || status == 415 || status == 422;
  auto reason = fmt::format("the receiver answered {}", status);
  return its_fault ? refused(std::move(reason)) : failed(std::move(reason));
}

base::Result<void> check_url(const std::string& key, const std::string& url) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (!url.starts_with(scheme)) continue;
    const auto host = std::string_view(url).substr(scheme.size());
    if (!host.empty() && host.front() != '/' && url.find(' ') == url.npos) return {};
  }
  return base::fail("{} begins with http:// or https:// and a host, and has no blank", key);
}

}  // namespace trackalert::channel
