// SPDX-License-Identifier: Apache-2.0
// Text that came from outside, made fit for a line of a mail or a page. Pure; any thread.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace trackalert::channel {

/// One line of valid UTF-8 of at most `max_bytes`, cut between characters ("..." behind it): control characters become
/// blanks, what only steers the display (directions, zero widths) goes, what is no UTF-8 becomes U+FFFD.
[[nodiscard]] std::string clean_text(std::string_view text, std::size_t max_bytes);
/// & < > " and ' as entities: for text and for attributes within quotes.
[[nodiscard]] std::string html_escaped(std::string_view text);

}  // namespace trackalert::channel
