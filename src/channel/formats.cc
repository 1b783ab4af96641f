// SPDX-License-Identifier: Apache-2.0
#include "channel/formats.h"

#include <array>

#include "base/json_writer.h"
#include "channel/message_json.h"
#include "channel/message_text.h"
#include "history/time_text.h"

namespace trackalert::channel {
namespace {

constexpr std::array<std::pair<std::string_view, Format>, 5> formats{{
    {"json", Format::json},
    {"slack", Format::slack},
    {"teams", Format::teams},
    {"pagerduty", Format::pagerduty},
    {"matrix", Format::matrix},
}};

/// The characters that begin links, mentions and entities.
std::string slack_escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '&') {
      out += "&amp;";
    } else if (c == '<') {
      out += "&lt;";
    } else if (c == '>') {
      out += "&gt;";
    } else {
      out += c;
    }
  }
  return out;
}

std::string slack_body(const Message& message) {
  base::JsonWriter json;
  json.begin_object().key("text").value(slack_escaped(message_text(message)));
  json.key("mrkdwn").value(false).key("parse").value("none").key("link_names").value(false);
  json.key("unfurl_links").value(false).key("unfurl_media").value(false);
  return std::move(json.end_object()).text();
}

std::string teams_body(const Message& message) {
  base::JsonWriter json;
  json.begin_object().key("type").value("message").key("attachments").begin_array().begin_object();
  json.key("contentType").value("application/vnd.microsoft.card.adaptive").key("content").begin_object();
  json.key("$schema").value("http://adaptivecards.io/schemas/adaptive-card.json");
  json.key("type").value("AdaptiveCard").key("version").value("1.4").key("body").begin_array();
  bool first = true;
  for (const auto& line : text_lines(message)) {
    json.begin_object().key("type").value("RichTextBlock").key("inlines").begin_array().begin_object();
    json.key("type").value("TextRun").key("text").value(line);
    if (first) json.key("weight").value("Bolder");
    json.end_object().end_array().end_object();
    first = false;
  }
  json.end_array().end_object().end_object().end_array();
  return std::move(json.end_object()).text();
}

std::string_view pagerduty_severity(detect::Severity severity) {
  switch (severity) {
    case detect::Severity::critical:
      return "critical";
    case detect::Severity::high:
      return "error";
    case detect::Severity::medium:
      return "warning";
    case detect::Severity::low:
    case detect::Severity::info:
      break;
  }
  return "info";
}

std::string pagerduty_body(const Message& message, const std::string& routing_key) {
  constexpr std::size_t most_summary_bytes = 1000;  // 1024 characters are allowed
  constexpr std::size_t most_field_bytes = 200;
  const auto& item = message.items.front();
  const auto& alert = item.alert;
  base::JsonWriter json;
  json.begin_object().key("routing_key").value(routing_key);
  json.key("event_action").value(item.news == News::closed ? "resolve" : "trigger");
  json.key("dedup_key").value(alert.id).key("client").value("trackalert").key("payload").begin_object();
  json.key("summary").value(plain(title_of(item), most_summary_bytes)).key("source").value("trackalert");
  json.key("severity").value(pagerduty_severity(alert.severity));
  json.key("timestamp").value(history::format_time(alert.last_seen));
  json.key("component")
      .value(plain(alert.key, most_field_bytes))
      .key("group")
      .value(plain(alert.cause, most_field_bytes));
  json.key("class").value(plain(alert.rule, most_field_bytes)).key("custom_details").begin_object();
  json.key("about").begin_array();
  for (const auto& line : text_lines(message)) json.value(line);
  json.end_array().key("attack").value(plain(alert.attack, most_field_bytes)).key("count").value(alert.count);
  json.key("delivery").value(message.delivery_id).end_object().end_object();
  return std::move(json.end_object()).text();
}

std::string matrix_body(const Message& message) {
  base::JsonWriter json;
  json.begin_object().key("msgtype").value("m.text").key("body").value(message_text(message));
  return std::move(json.end_object()).text();
}

}  // namespace

std::optional<Format> format_by_name(std::string_view name) {
  for (const auto& [known, format] : formats) {
    if (known == name) return format;
  }
  return std::nullopt;
}

std::string body_of(Format format, const Message& message, const std::string& routing_key) {
  switch (format) {
    case Format::json:
      return message_json(message);
    case Format::slack:
      return slack_body(message);
    case Format::teams:
      return teams_body(message);
    case Format::pagerduty:
      return pagerduty_body(message, routing_key);
    case Format::matrix:
      return matrix_body(message);
  }
  return {};
}

}  // namespace trackalert::channel
