// SPDX-License-Identifier: Apache-2.0
#include "alert/alert_filter.h"

#include <charconv>

#include "base/json_writer.h"
#include "history/time_text.h"

namespace trackalert::alert {
namespace {

/// One member of the query into the filter.
base::Result<void> set(AlertFilter& filter, const std::string& name, const std::string& value, history::Time now) {
  const auto moment = [&](std::optional<history::Time>& into) -> base::Result<void> {
    const auto time = history::parse_time(value, now);
    if (!time) return base::fail("{}: {}", name, time.error().message);
    into = *time;
    return {};
  };
  if (name == "since") return moment(filter.since);
  if (name == "until") return moment(filter.until);
  if (name == "rule")
    filter.rule = value;
  else if (name == "key")
    filter.key = value;
  else if (name == "key_prefix")
    filter.key_prefix = value;
  else if (name == "login")
    filter.login = value;
  else if (name == "source")
    filter.source = value;
  else if (name == "state") {
    filter.state = state_by_name(value);
    if (!filter.state) return base::fail("state is one of open, acknowledged, closed, shadow");
  } else if (name == "cursor") {
    filter.cursor = AlertCursor::parse(value);
    if (!filter.cursor) return base::fail("cursor is that of an answer before");
  } else if (name == "severity") {
    filter.least = detect::severity_by_name(value);
    if (!filter.least) return base::fail("severity is one of info, low, medium, high, critical");
  } else if (name == "limit") {
    const auto* const end = value.data() + value.size();
    const auto read = std::from_chars(value.data(), end, filter.limit);
    if (read.ec != std::errc{} || read.ptr != end || filter.limit < 1 || filter.limit > filter.max_limit) {
      return base::fail("limit is a number from 1 to {}", filter.max_limit);
    }
  } else {
    return base::fail(
        "there is no \"{}\" here, only severity, rule, state, key, key_prefix, login, source, since, until, limit and "
        "cursor",
        name);
  }
  return {};
}

}  // namespace

base::Result<AlertFilter> make_alert_filter(std::span<const std::pair<std::string, std::string>> pairs,
                                            history::Time now) {
  AlertFilter filter;
  for (const auto& [name, value] : pairs) {
    if (auto done = set(filter, name, value, now); !done) return std::unexpected(done.error());
  }
  return filter;
}

std::string alert_page_json(const AlertPage& page) {
  base::JsonWriter json;
  json.begin_object().key("alerts").begin_array();
  for (const auto& alert : page.alerts) json.raw(alert_json(alert));
  json.end_array();
  if (const auto& next = page.next) json.key("cursor").value(next->to_string());
  return std::move(json.end_object()).text();
}

}  // namespace trackalert::alert
