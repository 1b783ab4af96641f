// SPDX-License-Identifier: Apache-2.0
#include "channel/ecs_json.h"

#include <fmt/format.h>

#include "base/address.h"
#include "base/json_writer.h"
#include "channel/message_text.h"
#include "history/time_text.h"

namespace trackalert::channel {
namespace {

constexpr std::size_t most_pair_bytes = 500;
constexpr std::size_t most_listed = 10;
constexpr std::size_t most_listed_bytes = 100;

/// Of Elastic's risk scores, 0 to 100.
int severity_number(detect::Severity severity) {
  switch (severity) {
    case detect::Severity::info:
      return 10;
    case detect::Severity::low:
      return 21;
    case detect::Severity::medium:
      return 47;
    case detect::Severity::high:
      return 73;
    case detect::Severity::critical:
      break;
  }
  return 99;
}

std::string joined(const std::vector<std::string>& names) {
  std::string out;
  for (std::size_t i = 0; i < names.size() && i < most_listed; ++i) {
    out += (i > 0 ? "," : "") + plain(names[i], most_listed_bytes);
  }
  return out;
}

/// Writes the objects of one line.
class EcsWriter {
 public:
  explicit EcsWriter(const LineLimits& limits) : limits_(limits) { json_.begin_object(); }

  void event(const Item& item, const Message& message) {
    const auto& alert = item.alert;
    json_.key("@timestamp").value(history::format_time(message.now.time_since_epoch().count()));
    json_.key("ecs").begin_object().key("version").value("8.11.0").end_object();
    json_.key("message").value(text(alert.message)).key("event").begin_object().key("kind").value("alert");
    json_.key("category").begin_array().value("authentication").value("intrusion_detection").end_array();
    json_.key("type").begin_array().value("info").end_array();
    json_.key("module").value("trackalert").key("dataset").value("trackalert.alert");
    json_.key("action").value(news_name(item.news)).key("id").value(message.delivery_id);
    json_.key("severity").value(severity_number(alert.severity));
    json_.key("start").value(history::format_time(alert.first_seen));
    json_.key("end").value(history::format_time(alert.last_seen)).end_object();
    json_.key("rule").begin_object().key("name").value(text(alert.rule));
    json_.key("ruleset").value("trackalert").end_object();
  }

  /// What ECS calls an address is one; whatever else an alert names as its source is in trackalert.sources alone.
  void who(const alert::Alert& alert) {
    std::vector<std::string> addresses;
    for (const auto& source : alert.sources.shown()) {
      if (const auto address = base::parse_address(source)) addresses.push_back(address->to_string());
    }
    if (!addresses.empty()) json_.key("source").begin_object().key("ip").value(addresses.front()).end_object();
    if (const auto& logins = alert.logins.shown(); !logins.empty()) {
      json_.key("user").begin_object().key("name").value(text(logins.front())).end_object();
    }
    json_.key("related").begin_object();
    texts("ip", addresses);
    texts("user", alert.logins.shown());
    json_.end_object();
  }

  void threat(const alert::Alert& alert) {
    if (alert.attack.empty()) return;
    json_.key("threat").begin_object().key("framework").value("MITRE ATT&CK").key("technique").begin_object();
    json_.key("id").begin_array().value(text(alert.attack)).end_array().end_object().end_object();
  }

  void own(const alert::Alert& alert, const Message& message) {
    json_.key("trackalert").begin_object().key("id").value(alert.id).key("key").value(text(alert.key));
    json_.key("severity").value(detect::severity_name(alert.severity)).key("count").value(alert.count);
    texts("sources", alert.sources.shown());
    json_.key("sources_total").value(alert.sources.total()).key("logins_total").value(alert.logins.total());
    texts("taken", alert.taken.shown());
    if (message.held_back > 0) json_.key("held_back").value(message.held_back);
    json_.end_object();
  }

  [[nodiscard]] std::string line() && { return std::move(json_.end_object()).text(); }

 private:
  [[nodiscard]] std::string text(std::string_view raw) const { return plain(raw, limits_.text_bytes); }
  void texts(std::string_view key, const std::vector<std::string>& texts) {
    json_.key(key).begin_array();
    for (std::size_t i = 0; i < texts.size() && i < limits_.names; ++i) json_.value(text(texts[i]));
    json_.end_array();
  }

  const LineLimits limits_;
  base::JsonWriter json_;
};

}  // namespace

std::string ecs_line(const Item& item, const Message& message, const LineLimits& limits) {
  EcsWriter writer(limits);
  writer.event(item, message);
  writer.who(item.alert);
  writer.threat(item.alert);
  writer.own(item.alert, message);
  return std::move(writer).line();
}

std::string pairs_line(const Item& item, const Message& message) {
  const auto& alert = item.alert;
  const auto plain_text = [](std::string_view raw) { return plain(raw, most_pair_bytes); };
  std::string line;
  const auto add = [&](std::string_view key, std::string_view value) {
    line += fmt::format("{}{}=\"", line.empty() ? "" : " ", key);
    for (const char c : value) {
      if (c == '"' || c == '\\') line += '\\';
      line += c;
    }
    line += '"';
  };
  add("id", alert.id);
  add("delivery", message.delivery_id);
  add("news", news_name(item.news));
  add("severity", detect::severity_name(alert.severity));
  add("rule", plain_text(alert.rule));
  add("key", plain_text(alert.key));
  add("message", plain_text(alert.message));
  add("count", std::to_string(alert.count));
  add("sources", joined(alert.sources.shown()));
  add("sources_total", std::to_string(alert.sources.total()));
  add("logins", joined(alert.logins.shown()));
  add("logins_total", std::to_string(alert.logins.total()));
  if (!alert.taken.shown().empty()) add("taken", joined(alert.taken.shown()));
  if (!alert.attack.empty()) add("attack", plain_text(alert.attack));
  if (message.held_back > 0) add("held_back", std::to_string(message.held_back));
  return line;
}

}  // namespace trackalert::channel
