// SPDX-License-Identifier: Apache-2.0
#include "history/answer_json.h"

#include "base/json_writer.h"
#include "history/time_text.h"

namespace trackalert::history {
namespace {

using base::JsonWriter;

void write_attributes(JsonWriter& json, const login::Attributes& attrs, const login::MultiAttributes& attrs_mv) {
  json.begin_object();
  for (const auto& [name, value] : attrs) json.key(name).value(value);
  for (const auto& [name, values] : attrs_mv) {
    json.key(name).begin_array();
    for (const auto& value : values) json.value(value);
    json.end_array();
  }
  json.end_object();
}

void write_place(JsonWriter& json, const geo::Place& place) {
  json.begin_object();
  if (!place.country_code.empty()) json.key("country_code").value(place.country_code);
  if (!place.city.empty()) json.key("city").value(place.city);
  if (place.asn != 0) json.key("asn").value(place.asn);
  if (!place.as_name.empty()) json.key("as_name").value(place.as_name);
  if (place.has_position) {
    json.key("latitude").value(place.latitude);
    json.key("longitude").value(place.longitude);
    if (place.accuracy_km > 0) json.key("accuracy_km").value(place.accuracy_km);
  }
  json.end_object();
}

void write_event(JsonWriter& json, const EventView& event) {
  const auto& report = event.report;
  json.begin_object();
  json.key("t").raw(format_seconds(event.time));
  json.key("login").value(report.login);
  // Without a login the address must stand there, even 0.0.0.0: the parser wants one of the two.
  if (has_remote(report) || report.login.empty()) json.key("remote").value(report.remote.to_string());
  json.key("success").value(report.success);
  json.key("protocol").value(report.protocol);
  json.key("pwhash").value(report.pwhash);
  json.key("fail_type").value(report.fail_type);
  json.key("policy_reject").value(report.policy_reject);
  json.key("tls").value(report.tls);
  json.key("device_id").value(report.device_id);
  json.key("session_id").value(report.session_id);
  json.key("attrs");
  write_attributes(json, report.attrs, report.attrs_mv);
  if (report.has_device_attrs || !report.device_attrs.empty()) {
    json.key("device_attrs");
    write_attributes(json, report.device_attrs, {});
  }
  if (event.place != geo::Place{}) {
    json.key("place");
    write_place(json, event.place);
  }
  json.key("sequence").value(event.sequence);
  json.end_object();
}

void write_counts(JsonWriter& json, std::uint64_t successes, std::uint64_t failures) {
  json.key("successes").value(successes);
  json.key("failures").value(failures);
}

void write_rows(JsonWriter& json, const CountAnswer& count) {
  json.key("count").begin_object();
  write_counts(json, count.successes, count.failures);
  json.key("total").value(count.successes + count.failures);
  json.end_object();
}

void write_rows(JsonWriter& json, const EventsAnswer& answer) {
  json.key("events").begin_array();
  for (const auto& event : answer.events) write_event(json, event);
  json.end_array();
  if (answer.next) json.key("cursor").value(answer.next->to_string());
}

void write_rows(JsonWriter& json, const DistinctAnswer& distinct) {
  json.key("distinct").value(distinct.values);
}

void write_rows(JsonWriter& json, const TopAnswer& top) {
  json.key("top").begin_array();
  for (const auto& row : top.rows) {
    json.begin_object();
    json.key("value").value(row.value);
    json.key("score").value(row.score);
    json.end_object();
  }
  json.end_array();
}

void write_rows(JsonWriter& json, const SeriesAnswer& series) {
  json.key("series").begin_array();
  for (const auto& row : series.rows) {
    json.begin_object();
    json.key("t").raw(format_seconds(row.start));
    write_counts(json, row.successes, row.failures);
    json.end_object();
  }
  json.end_array();
}

void write_rows(JsonWriter& json, const SignificantAnswer& significant) {
  json.key("significant").begin_array();
  for (const auto& row : significant.rows) {
    json.begin_object();
    json.key("value").value(row.value);
    json.key("score").value(row.score);
    json.key("within").value(row.within);
    json.key("overall").value(row.overall);
    json.end_object();
  }
  json.end_array();
}

}  // namespace

std::string answer_json(const Answer& answer) {
  JsonWriter json;
  json.begin_object();
  std::visit([&json](const auto& rows) { write_rows(json, rows); }, answer.rows);
  json.key("approximate").value(answer.approximate);
  json.end_object();
  return std::move(json).text();
}

std::string event_json(const EventView& event) {
  JsonWriter json;
  write_event(json, event);
  return std::move(json).text();
}

void write_event_line(std::string& out, const EventView& event) {
  out += event_json(event);
  out += '\n';
}

}  // namespace trackalert::history
