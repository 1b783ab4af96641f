// SPDX-License-Identifier: Apache-2.0
// A message as JSON, for programs. One line without its end; all that clients sent is escaped, and bytes that are no
// UTF-8 are replaced, for receivers need not be as lenient as we are. Pure.
#pragma once

#include <string>
#include <string_view>

#include "channel/channel.h"

namespace trackalert::channel {

/// Of one alert: the members of alert_json(), "news" and "delivery". Of a digest: {"alerts": [...], "not_shown",
/// "delivery"}, each alert with its "news". And "held_back", if a limit swallowed something.
[[nodiscard]] std::string message_json(const Message& message);
/// What functions get: the members of the first alert, "news", "delivery", "attempt", "not_shown", "held_back", and
/// for a digest "alerts".
[[nodiscard]] std::string function_json(const Message& message);

/// Each byte that belongs to no well-formed UTF-8 becomes U+FFFD.
[[nodiscard]] std::string valid_utf8(std::string_view text);

}  // namespace trackalert::channel
