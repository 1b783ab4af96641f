// SPDX-License-Identifier: Apache-2.0
#include "channel/message_json.h"

#include <algorithm>

#include "base/json_writer.h"
#include "base/utf8.h"

namespace trackalert::channel {
namespace {

constexpr std::string_view replacement = "\xef\xbf\xbd";

/// The alert's members, without the brace at the end.
std::string open_alert(const Item& item) {
  auto json = alert::alert_json(item.alert);
  json.pop_back();
  return json + ", \"news\": " + base::json_string(news_name(item.news));
}

std::string alerts_list(const Message& message) {
  std::string list = "[";
  for (const auto& item : message.items) {
    if (list.size() > 1) list += ", ";
    list += open_alert(item) + "}";
  }
  return list + "]";
}

std::string delivery_member(const Message& message) {
  return ", \"delivery\": " + base::json_string(message.delivery_id);
}

}  // namespace

std::string valid_utf8(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const auto bytes = base::first_character(text).bytes;
    out += bytes == 0 ? replacement : text.substr(0, bytes);
    text.remove_prefix(std::max<std::size_t>(bytes, 1));
  }
  return out;
}

std::string message_json(const Message& message) {
  std::string json;
  if (message.digest || message.items.size() != 1) {
    json = "{\"alerts\": " + alerts_list(message) + ", \"not_shown\": " + std::to_string(message.not_shown);
  } else {
    json = open_alert(message.items.front());
  }
  json += delivery_member(message);
  if (message.held_back > 0) json += ", \"held_back\": " + std::to_string(message.held_back);
  return valid_utf8(json + "}");
}

std::string function_json(const Message& message) {
  std::string json = message.items.empty() ? "{\"news\": null" : open_alert(message.items.front());
  json += delivery_member(message) + ", \"attempt\": " + std::to_string(message.attempt);
  json += ", \"not_shown\": " + std::to_string(message.not_shown);
  json += ", \"held_back\": " + std::to_string(message.held_back);
  if (message.digest) json += ", \"alerts\": " + alerts_list(message);
  return json + "}";
}

}  // namespace trackalert::channel
