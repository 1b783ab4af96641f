// SPDX-License-Identifier: Apache-2.0
#include "alert/delivery.h"

#include <fmt/format.h>

#include "base/json_writer.h"
#include "base/log.h"
#include "history/time_text.h"

namespace trackalert::alert {

std::string_view state_name(Delivery::State state) {
  return state == Delivery::State::dead ? "dead" : "waiting";
}

std::string delivery_json(const Delivery& delivery) {
  base::JsonWriter json;
  json.begin_object().key("id").value(delivery.id).key("channel").value(delivery.channel);
  if (!delivery.alert.empty()) json.key("alert").value(delivery.alert).key("news").value(news_name(delivery.news));
  json.key("state").value(state_name(delivery.state));
  json.key("created").raw(history::format_seconds(delivery.created));
  if (delivery.state == Delivery::State::waiting) {
    json.key("next_try").raw(history::format_seconds(delivery.next_try));
  }
  json.key("attempts").value(delivery.attempts);
  if (!delivery.error.empty()) json.key("error").value(delivery.error);
  if (!delivery.digest.empty()) json.key("digest").value(delivery.digest);
  return std::move(json.end_object()).text();
}

std::string deliveries_text(const std::vector<Delivery>& deliveries) {
  if (deliveries.empty()) return "Nothing waits and nothing is dead\n";
  std::string out = fmt::format("{:<16} {:<16} {:<16} {:<6} {:<7} {:>5} {}\n", "id", "channel", "alert", "news",
                                "state", "tries", "last error");
  for (const auto& one : deliveries) {
    out += fmt::format("{:<16} {:<16} {:<16} {:<6} {:<7} {:>5} {}\n", one.id, one.channel, one.alert,
                       one.alert.empty() ? "data" : news_name(one.news), state_name(one.state), one.attempts,
                       base::escape_control(one.error));
  }
  return out;
}

}  // namespace trackalert::alert
