// SPDX-License-Identifier: Apache-2.0
// The access log of nginx or Apache in its common or combined form, where HTTP's basic authentication names the user.
// A browser sends the password with each request, so a success that follows another of the same user, address and agent
// within ten minutes is the same login; a refusal is one each time.
//
//   192.0.2.1 - joe [10/Oct/2026:13:55:36 +0200] "GET /mail HTTP/1.1" 401 381 "-" "Mozilla/5.0 ..."
#pragma once

#include "logs/format.h"

namespace trackalert::logs {

[[nodiscard]] std::unique_ptr<Format> make_access(const Context& context);

}  // namespace trackalert::logs
