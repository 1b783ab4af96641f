// SPDX-License-Identifier: Apache-2.0
// Which of the stored alerts, and a page of them. Plain values.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "alert/alert.h"
#include "base/result.h"

namespace trackalert::alert {

/// Where a page ended: the next begins behind it. An alert that goes on moves to the front of the list, so a walk over
/// pages may miss it; it never shows one twice.
struct AlertCursor {
  history::Time last_seen = 0;
  std::string id;

  /// "1795000000500000-0123456789abcdef"
  [[nodiscard]] std::string to_string() const;
  [[nodiscard]] static std::optional<AlertCursor> parse(std::string_view text);
  bool operator==(const AlertCursor&) const = default;
};

/// What is not set takes all. Texts must be equal byte by byte.
struct AlertFilter {
  static constexpr std::size_t max_limit = 1000;

  std::optional<detect::Severity> least;  ///< this severe or more
  std::optional<std::string> rule;        ///< the alert's own, not all that saw it
  std::optional<State> state;
  std::optional<std::string> key;
  std::optional<std::string> key_prefix;  ///< "login:"
  std::optional<std::string> login;       ///< its key, or among the logins or the taken that it shows
  std::optional<std::string> source;      ///< its key ("remote:" or "net:"), or among the sources that it shows
  std::optional<history::Time> since;     ///< last_seen from here on
  std::optional<history::Time> until;     ///< last_seen before
  std::size_t limit = 100;                ///< 1 ... max_limit
  std::optional<AlertCursor> cursor;
};

/// From names and texts, as in the query of a URL: severity, rule, state, key, key_prefix, login, source, since, until
/// ("30d" ago, or a moment), limit, cursor. An error names the member and what is valid.
[[nodiscard]] base::Result<AlertFilter> make_alert_filter(std::span<const std::pair<std::string, std::string>> pairs,
                                                          history::Time now);

struct AlertPage {
  std::vector<Alert> alerts;        ///< last_seen newest first, then id, the largest first
  std::optional<AlertCursor> next;  ///< there are more
};

/// {"alerts": [...], "cursor"}, without a cursor at the end.
[[nodiscard]] std::string alert_page_json(const AlertPage& page);

}  // namespace trackalert::alert
