// SPDX-License-Identifier: Apache-2.0
// A browser that was told our password once adds it to whatever a page of any site makes it send. The page cannot read
// the answer, but what it asked for is done. Browsers say in headers that pages cannot change where a request comes
// from; programs that report send none of these.
#pragma once

#include "net/http_server.h"

namespace trackalert::api {

/// Whether it may change something and comes from a page of another site: Sec-Fetch-Site says so, or an Origin that is
/// not what the request calls us (Host).
[[nodiscard]] bool is_cross_site(const net::RequestHead& head);

}  // namespace trackalert::api
