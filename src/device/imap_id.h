// SPDX-License-Identifier: Apache-2.0
// What an IMAP client says about itself with the ID command (RFC 2971), as a mail server passes it on: quoted pairs,
//   "name" "Thunderbird" "version" "115.5.1" "os" "Linux"
// The rules are wforce's: names are lower case, at most one blank stands between name and value, the first pair that
// fits wins, a backslash means nothing, and a version counts only with digits on both sides of its first dot.
#pragma once

#include <string_view>

namespace trackalert::device {

/// Views of the text that was parsed; empty where unknown.
struct ImapId {
  std::string_view family;
  std::string_view major;
  std::string_view minor;
  std::string_view os_family;
  std::string_view os_major;
  std::string_view os_minor;
};

/// Any text will do. Linear in its length.
[[nodiscard]] ImapId parse_imap_id(std::string_view text);

}  // namespace trackalert::device
