// SPDX-License-Identifier: Apache-2.0
#include "alert/stored_alert.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>

#include "base/ascii.h"
#include "base/json_value.h"
#include "base/json_writer.h"

namespace trackalert::alert {
namespace {

constexpr std::string_view erased = "(erased)";
/// Whole numbers up to here survive JSON: 2^53. Nothing counts that far.
constexpr std::uint64_t max_exact = std::uint64_t{1} << 53;
/// Either way from 1970, as history::time_from_seconds() has it. Behind 2^53 microseconds, the year 2255, times lose
/// their last digits.
constexpr history::Time end_of_time = history::Time{1} << 62;

using base::JsonValue;

void write_names(base::JsonWriter& json, std::string_view name, const NameList& names) {
  json.key(name).begin_object().key("total").value(std::min(names.total(), max_exact)).key("shown").begin_array();
  for (const auto& shown : names.shown()) {
    if (shown.size() <= max_stored_name_bytes) json.value(shown);
  }
  json.end_array().end_object();
}

void write_evidence(base::JsonWriter& json, const detect::Evidence& evidence) {
  json.begin_object().key("name").value(stored_text(evidence.name)).key("seen");
  if (const auto* number = std::get_if<double>(&evidence.seen))
    json.value(*number);
  else
    json.value(stored_text(std::get<std::string>(evidence.seen)));
  json.key("usual").value(stored_text(evidence.usual));
  if (evidence.threshold) json.key("threshold").value(*evidence.threshold);
  json.end_object();
}

/// Reads the members of one object. The first complaint stays; what is read after it does not matter.
class Members {
 public:
  Members(const JsonValue& object, std::string& complaint, std::string_view of = "")
      : object_(object), complaint_(complaint), of_(of) {}

  void complain(std::string_view name, std::string_view wanted) {
    if (complaint_.empty()) complaint_ = fmt::format("{}{} must be {}", of_, name, wanted);
  }
  const JsonValue* find(std::string_view name) const { return object_.find(name); }

  void text(std::string_view name, std::string& out) {
    const auto* value = find(name);
    if (const auto* text = value == nullptr ? nullptr : value->as_string())
      out = *text;
    else
      complain(name, "a text");
  }
  void flag(std::string_view name, bool& out) {
    const auto* value = find(name);
    if (const auto* flag = value == nullptr ? nullptr : value->as_bool())
      out = *flag;
    else
      complain(name, "true or false");
  }
  void whole(std::string_view name, std::uint64_t& out) {
    const auto* value = find(name);
    const auto* number = value == nullptr ? nullptr : value->as_number();
    if (number != nullptr && *number >= 0 && *number <= static_cast<double>(max_exact) &&
        *number == std::floor(*number))
      out = static_cast<std::uint64_t>(*number);
    else
      complain(name, "a whole number");
  }
  void time(std::string_view name, history::Time& out) {
    const auto* value = find(name);
    const auto* number = value == nullptr ? nullptr : value->as_number();
    // Written so that NaN fails too.
    if (number != nullptr && std::abs(*number) <= static_cast<double>(end_of_time))
      out = static_cast<history::Time>(*number);
    else
      complain(name, "microseconds since 1970");
  }
  void texts(std::string_view name, std::size_t most, std::vector<std::string>& out) {
    const auto* value = find(name);
    const auto* array = value == nullptr ? nullptr : value->as_array();
    if (array == nullptr || array->size() > most) return complain(name, fmt::format("at most {} texts", most));
    for (const auto& element : *array) {
      const auto* text = element.as_string();
      if (text == nullptr) return complain(name, fmt::format("at most {} texts", most));
      out.push_back(*text);
    }
  }
  void names(const std::string& name, NameList& out) {
    const auto* value = find(name);
    if (value == nullptr || value->as_object() == nullptr) return complain(name, "an object");
    const auto inner_of = name + ".";
    Members inner(*value, complaint_, inner_of);
    std::uint64_t total = 0;
    std::vector<std::string> shown;
    inner.whole("total", total);
    inner.texts("shown", NameList::max_shown, shown);
    out.restore(shown, total);
  }

 private:
  const JsonValue& object_;
  std::string& complaint_;
  std::string_view of_;
};

void read_evidence(const JsonValue& value, std::string& complaint, detect::Evidence& out) {
  constexpr double no_number = std::numeric_limits<double>::quiet_NaN();
  Members members(value, complaint, "evidence.");
  members.text("name", out.name);
  members.text("usual", out.usual);
  const auto* seen = members.find("seen");
  if (seen != nullptr && seen->as_string() != nullptr)
    out.seen = *seen->as_string();
  else if (seen != nullptr && seen->as_number() != nullptr)
    out.seen = *seen->as_number();
  else if (seen != nullptr && seen->is_null())
    out.seen = no_number;
  else
    members.complain("seen", "a number or a text");
  const auto* threshold = members.find("threshold");
  if (threshold == nullptr) return;
  if (threshold->is_null())
    out.threshold = no_number;
  else if (threshold->as_number() != nullptr)
    out.threshold = *threshold->as_number();
  else
    members.complain("threshold", "a number");
}

void read_evidences(const Members& members, std::string& complaint, Alert& alert) {
  const auto* value = members.find("evidence");
  const auto* array = value == nullptr ? nullptr : value->as_array();
  if (array == nullptr || array->size() > max_stored_evidence) {
    if (complaint.empty()) complaint = fmt::format("evidence must be a list of at most {}", max_stored_evidence);
    return;
  }
  for (const auto& element : *array) read_evidence(element, complaint, alert.evidence.emplace_back());
}

/// A character that a login's name may have within it, so that "joe" is not found in "joey" or "joe@example.org". A dot
/// counts only where the name goes on behind it: one ends a sentence too.
bool goes_on(std::string_view text, std::size_t at, int direction) {
  const auto is_part = [](char c) {
    const bool foreign = static_cast<unsigned char>(c) >= 0x80;
    return base::is_letter_or_digit(c) || foreign || std::string_view("_@+-").contains(c);
  };
  if (at >= text.size()) return false;
  if (text[at] != '.') return is_part(text[at]);
  const auto next = at + static_cast<std::size_t>(direction);  // before the first: beyond all texts
  return next < text.size() && is_part(text[next]);
}

bool erase_from(std::string& text, const std::string& login) {
  bool found = false;
  std::size_t from = 0;
  for (auto at = text.find(login); at != std::string::npos; at = text.find(login, from)) {
    if (goes_on(text, at - 1, -1) || goes_on(text, at + login.size(), 1)) {
      from = at + 1;
      continue;
    }
    text.replace(at, login.size(), erased);
    from = at + erased.size();
    found = true;
  }
  return found;
}

}  // namespace

std::string_view stored_text(std::string_view text) {
  if (text.size() <= max_stored_text_bytes) return text;
  auto end = max_stored_text_bytes;
  const auto continues = [&] { return (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80; };
  for (int i = 0; i < 3 && continues(); ++i) --end;
  return text.substr(0, end);
}

std::string stored_alert_json(const Alert& alert) {
  base::JsonWriter json;
  json.begin_object().key("id").value(alert.id).key("rule").value(alert.rule).key("rules").begin_array();
  for (const auto& rule : std::span(alert.rules).first(std::min(alert.rules.size(), max_stored_rules)))
    json.value(rule);
  json.end_array().key("severity").value(detect::severity_name(alert.severity));
  json.key("key").value(stored_text(alert.key)).key("cause").value(alert.cause).key("attack").value(alert.attack);
  json.key("message")
      .value(stored_text(alert.message))
      .key("shadow")
      .value(alert.shadow)
      .key("closed")
      .value(alert.closed);
  json.key("acknowledged").value(alert.acknowledged).key("feedback").value(stored_text(alert.feedback));
  if (!alert.handled_by.empty()) json.key("handled_by").value(stored_text(alert.handled_by));
  json.key("first_seen").value(std::clamp(alert.first_seen, -end_of_time, end_of_time));
  json.key("last_seen").value(std::clamp(alert.last_seen, -end_of_time, end_of_time));
  json.key("count").value(std::min(alert.count, max_exact));
  write_names(json, "sources", alert.sources);
  write_names(json, "logins", alert.logins);
  write_names(json, "taken", alert.taken);
  json.key("because_of").value(stored_text(alert.because_of)).key("evidence").begin_array();
  const auto evidence = std::span(alert.evidence).first(std::min(alert.evidence.size(), max_stored_evidence));
  for (const auto& piece : evidence) write_evidence(json, piece);
  json.end_array();
  return std::move(json.end_object()).text();
}

base::Result<Alert> alert_from_json(std::string_view text) {
  if (text.size() > max_stored_bytes) return base::fail("more than {} bytes", max_stored_bytes);
  const auto json = base::parse_json(text);
  if (!json) return std::unexpected(json.error());
  if (json->as_object() == nullptr) return base::fail("not an object");
  std::string complaint;
  Members members(*json, complaint);
  Alert alert;
  members.text("id", alert.id);
  members.text("rule", alert.rule);
  members.texts("rules", max_stored_rules, alert.rules);
  std::string severity;
  members.text("severity", severity);
  if (const auto known = detect::severity_by_name(severity))
    alert.severity = *known;
  else
    members.complain("severity", "one of info, low, medium, high, critical");
  members.text("key", alert.key);
  members.text("cause", alert.cause);
  members.text("attack", alert.attack);
  members.text("message", alert.message);
  members.flag("shadow", alert.shadow);
  members.flag("closed", alert.closed);
  members.flag("acknowledged", alert.acknowledged);
  members.text("feedback", alert.feedback);
  if (members.find("handled_by") != nullptr) members.text("handled_by", alert.handled_by);
  members.time("first_seen", alert.first_seen);
  members.time("last_seen", alert.last_seen);
  members.whole("count", alert.count);
  members.names("sources", alert.sources);
  members.names("logins", alert.logins);
  members.names("taken", alert.taken);
  members.text("because_of", alert.because_of);
  read_evidences(members, complaint, alert);
  if (!complaint.empty()) return base::fail("{}", complaint);
  return alert;
}

bool forget_login(Alert& alert, const std::string& login) {
  if (login.empty()) return false;
  bool found = alert.logins.forget(login);
  found |= alert.taken.forget(login);

  found |= erase_from(alert.handled_by, login);
  found |= erase_from(alert.message, login);
  for (auto& evidence : alert.evidence) {
    if (auto* text = std::get_if<std::string>(&evidence.seen)) found |= erase_from(*text, login);
    found |= erase_from(evidence.usual, login);
  }
  return found;
}

}  // namespace trackalert::alert
