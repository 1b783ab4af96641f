// SPDX-License-Identifier: Apache-2.0
#include "history/overview_json.h"

#include "base/json_writer.h"
#include "history/answer_json.h"
#include "history/profile_json.h"

namespace trackalert::history {
namespace {

void write_trend(base::JsonWriter& json, const std::vector<WindowSums>& trend) {
  json.key("trend").begin_object();
  for (const auto& [window, sums, has_sets] : trend) {
    json.key(window);
    if (has_sets) {
      json.raw(trend_json(sums));
    } else {
      json.begin_object().key("successes").value(sums.successes).key("failures").value(sums.failures);
      json.key("approximate").value(false).end_object();
    }
  }
  json.end_object();
}

void write_events(base::JsonWriter& json, const EventsAnswer& events) {
  json.key("events").begin_array();
  for (const auto& event : events.events) json.raw(event_json(event));
  json.end_array();
  if (events.next) json.key("cursor").value(events.next->to_string());
}

}  // namespace

std::string overview_json(const LoginOverview& overview) {
  base::JsonWriter json;
  json.begin_object().key("login").value(overview.login).key("known").value(overview.known());
  json.key("profile").raw(profile_json(overview.profile));
  write_trend(json, overview.trend);
  write_events(json, overview.events);
  json.end_object();
  return std::move(json).text();
}

std::string overview_json(const RemoteOverview& overview) {
  const auto& remote = overview.remote;
  const bool is_address = remote.length == remote.address.bits();
  base::JsonWriter json;
  json.begin_object().key(is_address ? "remote" : "net");
  json.value(is_address ? remote.address.to_string() : remote.to_string()).key("known").value(overview.known());
  write_trend(json, overview.trend);
  bool is_approximate = false;
  json.key("top").begin_object();
  for (const auto& [facet, rows, approximate] : overview.tops) {
    is_approximate = is_approximate || approximate;
    json.key(facet_name(facet)).begin_array();
    for (const auto& row : rows) {
      json.begin_object().key("value").value(row.value).key("score").value(row.score).end_object();
    }
    json.end_array();
  }
  json.end_object().key("approximate").value(is_approximate);
  write_events(json, overview.events);
  json.end_object();
  return std::move(json).text();
}

}  // namespace trackalert::history
