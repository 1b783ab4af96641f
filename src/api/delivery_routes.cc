// SPDX-License-Identifier: Apache-2.0
// /api/v1/deliveries and /api/v1/deliveries/{id}/resend
#include <charconv>

#include "alert/delivery.h"
#include "api/answers.h"
#include "api/history_routes.h"
#include "base/json_writer.h"

namespace trackalert::api {
namespace {

bool read_number(const std::string& text, auto& into) {
  const auto* const end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, into);
  return read.ec == std::errc{} && read.ptr == end;
}

base::Result<void> set(alert::DeliveryFilter& filter, const std::string& name, const std::string& value) {
  if (name == "state") {
    if (value != "waiting" && value != "dead") return base::fail("state is waiting or dead");
    filter.dead = value == "dead";
  } else if (name == "channel") {
    filter.channel = value;
  } else if (name == "alert") {
    filter.alert = value;
  } else if (name == "cursor") {
    if (!read_number(value, filter.behind)) return base::fail("cursor is that of an answer before");
  } else if (name == "limit") {
    if (!read_number(value, filter.limit) || filter.limit < 1 || filter.limit > filter.max_limit) {
      return base::fail("limit is a number from 1 to {}", filter.max_limit);
    }
  } else {
    return base::fail("there is no \"{}\" here, only state, channel, alert, limit and cursor", name);
  }
  return {};
}

}  // namespace

net::Response list_deliveries(const Backend& backend, const std::string& query) {
  alert::DeliveryFilter filter;
  for (const auto& [name, value] : query_pairs(query)) {
    if (auto done = set(filter, name, value); !done) return failure(400, done.error().message);
  }
  const auto page = backend.watch->store().outbox().list(filter);
  if (!page) return busy(page.error().message);
  base::JsonWriter json;
  json.begin_object().key("deliveries").begin_array();
  for (const auto& delivery : page->deliveries) json.raw(alert::delivery_json(delivery));
  json.end_array();
  if (page->more) json.key("cursor").value(std::to_string(page->deliveries.back().number));
  return {.status = 200, .body = std::move(json.end_object()).text()};
}

net::Response resend_delivery(const Backend& backend, const Change& change) {
  const auto now = backend.clock.now().time_since_epoch().count();
  const auto found = backend.watch->store().outbox().send_again(change.argument, now);
  if (!found) return busy(found.error().message);
  if (!*found) return failure(404, "there is no dead delivery of that id");
  backend.log.notice("Delivery {} is sent again for {}", logged(change.argument), change.peer.to_string());
  return ok();
}

}  // namespace trackalert::api
