// SPDX-License-Identifier: Apache-2.0
// /api/v1/allowances
#include "api/answers.h"
#include "api/history_routes.h"
#include "base/json_value.h"
#include "base/json_writer.h"
#include "history/time_text.h"

namespace trackalert::api {
namespace {

using alert::Allowance;

base::Result<history::Time> end_of(const base::JsonValue& value, history::Time now) {
  if (const auto* number = value.as_number()) {
    const auto time = history::time_from_seconds(*number);
    if (!time) return base::fail("until is no time");
    return *time;
  }
  const auto* text = value.as_string();
  if (text == nullptr) return base::fail("until is seconds since 1970, or a text as \"2027-01-31\" or \"30d\"");
  return history::parse_end(*text, now);
}

base::Result<Allowance> parse(std::string_view body, history::Time now) {
  const auto value = base::parse_json(body);
  if (!value || value->as_object() == nullptr) return base::fail("the body must be a JSON object");
  Allowance wanted{.since = now, .by = "api"};
  std::string what;
  for (const auto& [name, member] : *value->as_object()) {
    if (name == "until") {
      const auto until = end_of(member, now);
      if (!until) return std::unexpected(until.error());
      wanted.until = *until;
      continue;
    }
    const auto* text = member.as_string();
    if (text == nullptr) return base::fail("{} must be a text", name);
    if (name == "what") {
      what = *text;
    } else if (name == "value") {
      wanted.value = *text;
    } else if (name == "detection") {
      wanted.detection = *text;
    } else if (name == "reason") {
      wanted.reason = *text;
    } else {
      return base::fail("there is no \"{}\" here, only what, value, detection, reason and until", name);
    }
  }
  if (what.empty()) return base::fail("what is missing: one of remote, login, asn, country");
  return alert::make_allowance(what, std::move(wanted));
}

}  // namespace

net::Response list_allowances(const Backend& backend) {
  base::JsonWriter json;
  json.begin_object().key("allowances").begin_array();
  for (const auto& one : backend.watch->allowances()) json.raw(alert::allowance_json(one));
  json.end_array();
  return {.status = 200, .body = std::move(json.end_object()).text()};
}

net::Response allow(const Backend& backend, const Change& change) {
  const auto allowance = parse(change.body, backend.clock.now().time_since_epoch().count());
  if (!allowance) return failure(400, allowance.error().message);
  if (auto kept = backend.watch->allow(*allowance); !kept) return busy(kept.error().message);
  backend.log.notice("Allowance {} was made for {}: detection {}, {} {}", allowance->id, change.peer.to_string(),
                     allowance->detection.empty() ? "any" : allowance->detection,
                     alert::allowance_name(allowance->what), logged(allowance->value));
  return {.status = 200, .body = alert::allowance_json(*allowance)};
}

net::Response disallow(const Backend& backend, const Change& change) {
  const auto removed = backend.watch->disallow(change.argument);
  if (!removed) return busy(removed.error().message);
  if (!*removed) return failure(404, "there is no such entry, or it is the configuration's");
  backend.log.notice("Allowance {} was removed for {}", logged(change.argument), change.peer.to_string());
  return {.status = 200, .body = R"({"status":"ok"})"};
}

}  // namespace trackalert::api
