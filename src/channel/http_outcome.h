// SPDX-License-Identifier: Apache-2.0
// What an HTTP answer means for a delivery. Pure.
#pragma once

#include "channel/channel.h"
#include "net/http_client.h"

namespace trackalert::channel {

/// 2xx is delivered. What the message itself is at fault for (400, 413, 415, 422) is refused; all else may be another
/// day another way, a wrong password too, for the operator may mend it.
[[nodiscard]] Outcome outcome_of(const base::Result<net::HttpClient::Response>& result);

/// The scheme is http or https, and there is a host. A URL without a scheme is not taken.
[[nodiscard]] base::Result<void> check_url(const std::string& key, const std::string& url);

}  // namespace trackalert::channel
