// SPDX-License-Identifier: Apache-2.0
// POST /api/v1/alerts/{id}, /api/v1/alerts/{id}/feedback and /api/v1/feedback
#include "alert/feedback.h"
#include "api/answers.h"
#include "api/history_routes.h"
#include "base/ascii.h"
#include "base/json_value.h"
#include "base/json_writer.h"

namespace trackalert::api {
namespace {

using Members = std::vector<std::pair<std::string, std::string>>;

/// An object of texts with no other names than these.
base::Result<Members> members(std::string_view body, std::initializer_list<std::string_view> names) {
  const auto value = base::parse_json(body);
  if (!value || value->as_object() == nullptr) return base::fail("the body must be a JSON object");
  Members out;
  for (const auto& [name, member] : *value->as_object()) {
    if (std::ranges::find(names, name) == names.end()) {
      return base::fail("there is no \"{}\" here, only {}", name, fmt::join(names, ", "));
    }
    const auto* text = member.as_string();
    if (text == nullptr) return base::fail("{} must be a text", name);
    out.emplace_back(name, *text);
  }
  return out;
}

std::string member(const Members& all, std::string_view name, std::string_view otherwise = {}) {
  for (const auto& [own, value] : all) {
    if (own == name) return value;
  }
  return std::string(otherwise);
}

net::Response refusal(const alert::Refusal& why) {
  switch (why.why) {
    case alert::Refusal::Why::unknown:
      return failure(404, "there is no such alert");
    case alert::Refusal::Why::bad_wish:
      return failure(400, why.message);
    case alert::Refusal::Why::storage:
      break;
  }
  return busy(why.message);
}

/// Only who came by a link answers as the owner; whatever the case, for people read it.
bool poses_as_owner(std::string_view by) {
  return base::equal_but_for_case(by, by_owner);
}
constexpr std::string_view no_owner = "by may not be \"owner\": that is who answers by the link of a mail";

}  // namespace

net::Response handle_alert(const Backend& backend, const Change& change) {
  const auto wish = members(change.body, {"action", "by"});
  if (!wish) return failure(400, wish.error().message);
  const auto action = member(*wish, "action");
  const auto by = member(*wish, "by", "api");
  if (action != "acknowledge" && action != "close") return failure(400, "action is acknowledge or close");
  if (poses_as_owner(by)) return failure(400, no_owner);
  const auto& id = change.argument;
  const auto done = action == "close" ? backend.watch->close(id, by) : backend.watch->acknowledge(id, by);
  if (!done) return refusal(done.error());
  backend.log.notice("Alert {} was {}d for {}, by \"{}\"", logged(id), action, change.peer.to_string(), logged(by));
  return {.status = 200, .body = alert_json(*done)};
}

net::Response give_feedback(const Backend& backend, const Change& change) {
  const auto wish = members(change.body, {"verdict", "by", "login"});
  if (!wish) return failure(400, wish.error().message);
  const auto verdict = alert::verdict_by_name(member(*wish, "verdict"));
  if (!verdict) return failure(400, "verdict is one of good, bad, forget");
  const auto by = member(*wish, "by", "api");
  if (poses_as_owner(by)) return failure(400, no_owner);
  const auto done = alert::give_feedback(
      *backend.history, *backend.watch, backend.clock,
      {.alert = change.argument, .verdict = *verdict, .by = by, .login = member(*wish, "login"), .link = {}});
  if (!done) return refusal(done.error());
  backend.log.notice("Alert {} got the verdict {} for {}, by \"{}\"", logged(change.argument),
                     alert::verdict_name(*verdict), change.peer.to_string(), logged(by));
  return {.status = 200, .body = alert::feedback_json(*done)};
}

net::Response list_verdicts(const Backend& backend, const std::string& id) {
  const auto known = backend.watch->find(id);
  if (!known) return busy(known.error().message);
  if (!*known) return failure(404, "there is no such alert");
  const auto given = backend.watch->verdicts(id);
  if (!given) return busy(given.error().message);
  base::JsonWriter json;
  json.begin_object().key("verdicts").begin_array();
  for (const auto& one : *given) json.raw(alert::verdict_json(one));
  json.end_array();
  return {.status = 200, .body = std::move(json.end_object()).text()};
}

net::Response show_feedback(const Backend& backend) {
  const auto counts = backend.watch->verdict_counts();
  if (!counts) return busy(counts.error().message);
  base::JsonWriter json;
  json.begin_object().key("rules").begin_array();
  for (const auto& one : *counts) json.raw(alert::verdict_counts_json(one));
  json.end_array();
  return {.status = 200, .body = std::move(json.end_object()).text()};
}

}  // namespace trackalert::api
