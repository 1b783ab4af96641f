// SPDX-License-Identifier: Apache-2.0
#include "device/imap_id.h"

#include "device/version_number.h"

namespace trackalert::device {
namespace {

/// Calls `accept` with each value that follows `quoted_name`, until it returns true. A value ends at the next quote;
/// without one it is none.
template <class Accept>
void each_value(std::string_view text, std::string_view quoted_name, Accept accept) {
  for (auto at = text.find(quoted_name); at != std::string_view::npos; at = text.find(quoted_name, at)) {
    at += quoted_name.size();
    std::string_view rest = text.substr(at);
    if (!rest.empty() && is_blank(rest.front())) rest.remove_prefix(1);
    if (rest.empty() || rest.front() != '"') continue;
    rest.remove_prefix(1);
    const auto end = rest.find('"');
    if (end == std::string_view::npos) return;  // nor can any later value end
    if (accept(rest.substr(0, end))) return;
  }
}

std::string_view value_of(std::string_view text, std::string_view quoted_name) {
  std::string_view found;
  each_value(text, quoted_name, [&](std::string_view value) {
    found = value;
    return true;
  });
  return found;
}

VersionNumber version_of(std::string_view text, std::string_view quoted_name) {
  VersionNumber found;
  each_value(text, quoted_name, [&](std::string_view value) {
    const auto version = leading_version(value);
    if (version) found = *version;
    return version.has_value();
  });
  return found;
}

}  // namespace

ImapId parse_imap_id(std::string_view text) {
  const auto [major, minor] = version_of(text, "\"version\"");
  const auto [os_major, os_minor] = version_of(text, "\"os-version\"");
  return {value_of(text, "\"name\""), major, minor, value_of(text, "\"os\""), os_major, os_minor};
}

}  // namespace trackalert::device
