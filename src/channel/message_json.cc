// SPDX-License-Identifier: Apache-2.0
#include "channel/message_json.h"

#include "base/json_writer.h"

namespace trackalert::channel {
namespace {

constexpr std::string_view replacement = "\xef\xbf\xbd";

/// How many bytes from `at` on are one well-formed character; 0: none.
std::size_t character_at(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(i < text.size() ? text[i] : '\0'); };
  const auto follows = [&](std::size_t i, unsigned least = 0x80, unsigned most = 0xbf) {
    return byte(at + i) >= least && byte(at + i) <= most;
  };
  const unsigned first = byte(at);
  if (first < 0x80) return 1;
  if (first >= 0xc2 && first <= 0xdf) return follows(1) ? 2 : 0;
  if (first >= 0xe0 && first <= 0xef) {
    const unsigned least = first == 0xe0 ? 0xa0 : 0x80;  // overlong
    const unsigned most = first == 0xed ? 0x9f : 0xbf;   // surrogates
    return follows(1, least, most) && follows(2) ? 3 : 0;
  }
  if (first >= 0xf0 && first <= 0xf4) {
    const unsigned least = first == 0xf0 ? 0x90 : 0x80;
    const unsigned most = first == 0xf4 ? 0x8f : 0xbf;
    return follows(1, least, most) && follows(2) && follows(3) ? 4 : 0;
  }
  return 0;
}

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

std::string valid_utf8(std::string text) {
  std::size_t at = 0;
  while (at < text.size()) {
    const auto size = character_at(text, at);
    if (size == 0) text.replace(at, 1, replacement);
    at += size == 0 ? replacement.size() : size;
  }
  return text;
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
  return valid_utf8(std::move(json) + "}");
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
