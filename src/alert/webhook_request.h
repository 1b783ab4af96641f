// SPDX-License-Identifier: Apache-2.0
// One delivery as the receiver sees it. Pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "alert/webhook_config.h"
#include "base/clock.h"
#include "net/http_client.h"

namespace trackalert::alert {

/// An opaque id that no other delivery has: 44 characters. `sequence` tells apart what happens in one microsecond.
[[nodiscard]] std::string delivery_id(base::WallTime now, unsigned hook_id, std::string_view name,
                                      std::uint64_t sequence);

/// %{YYYY}, %{MM} and %{dd} as the date in UTC, everywhere; nothing else is a macro.
[[nodiscard]] std::string expand_url(std::string_view url, base::WallTime now);

/// The POST of `body` with its headers in alphabetical order; X-Wforce-Event is the hook's name.
[[nodiscard]] net::HttpClient::Request webhook_request(const WebhookConfig& config, unsigned hook_id,
                                                       std::string_view name, std::string_view id_of_delivery,
                                                       std::string body, base::WallTime now);

}  // namespace trackalert::alert
