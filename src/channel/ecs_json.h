// SPDX-License-Identifier: Apache-2.0
// An alert in the Elastic Common Schema, version 8, and as key=value pairs: one line each, without its end. What
// clients sent is escaped, cut and valid UTF-8. Pure.
#pragma once

#include <string>

#include "channel/channel.h"

namespace trackalert::channel {

/// How much of an alert a line has.
struct LineLimits {
  std::size_t names = 100;        ///< of each list
  std::size_t text_bytes = 1000;  ///< of each text
};

[[nodiscard]] std::string ecs_line(const Item& item, const Message& message, const LineLimits& limits);

/// id="..." rule="..." ...: values quoted, quotes and backslashes escaped.
[[nodiscard]] std::string pairs_line(const Item& item, const Message& message);

}  // namespace trackalert::channel
