// SPDX-License-Identifier: Apache-2.0
// A message as plain text for people: chat rooms and pagers. What clients sent is escaped, cut and valid UTF-8; no text
// has a line break that is not ours. Pure.
#pragma once

#include <string>
#include <vector>

#include "channel/channel.h"

namespace trackalert::channel {

/// "[high] password_spray: 192.0.2.1 is trying ...", with "closed: " before it where that is the news.
[[nodiscard]] std::string title_of(const Item& item);
/// All that a person needs at first sight: of one alert its title, whom it is about and its id; of a digest how many
/// there are and the titles of the first.
[[nodiscard]] std::vector<std::string> text_lines(const Message& message);
/// text_lines(), a break between them.
[[nodiscard]] std::string message_text(const Message& message);

/// Fit for a line: escaped, at most so many bytes, valid UTF-8.
[[nodiscard]] std::string plain(std::string_view text, std::size_t most_bytes);

}  // namespace trackalert::channel
