// SPDX-License-Identifier: Apache-2.0
// The bodies that well-known receivers of webhooks want. Pure. What clients sent can neither leave its text nor become
// markup: JSON is written by a writer, Slack's three characters are escaped, Teams gets text runs, which know no
// markup, and Matrix a message without HTML.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "channel/channel.h"

namespace trackalert::channel {

enum class Format : std::uint8_t { json, slack, teams, pagerduty, matrix };

/// "json, slack, teams, pagerduty, matrix", for error texts.
inline constexpr std::string_view format_names = "json, slack, teams, pagerduty, matrix";
[[nodiscard]] std::optional<Format> format_by_name(std::string_view name);

/// `routing_key` is PagerDuty's alone, of whose messages only the first alert is told.
[[nodiscard]] std::string body_of(Format format, const Message& message, const std::string& routing_key);

}  // namespace trackalert::channel
