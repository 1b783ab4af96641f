// SPDX-License-Identifier: Apache-2.0
#include "alert/alert.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>

#include "base/json_writer.h"
#include "history/time_text.h"

namespace trackalert::alert {
namespace {

constexpr double hundredths = 100;
constexpr std::array<std::string_view, 4> state_names{"open", "acknowledged", "closed", "shadow"};

void write_list(base::JsonWriter& json, std::string_view name, const std::vector<std::string>& texts) {
  json.key(name).begin_array();
  for (const auto& text : texts) json.value(text);
  json.end_array();
}

void write_evidence(base::JsonWriter& json, const detect::Evidence& evidence) {
  json.key(evidence.name).begin_object();
  const auto* number = std::get_if<double>(&evidence.seen);
  json.key("seen");
  if (number != nullptr)
    json.value(*number);
  else
    json.value(std::get<std::string>(evidence.seen));
  if (!evidence.usual.empty()) json.key("usual").value(evidence.usual);
  if (evidence.threshold) {
    json.key("threshold").value(*evidence.threshold);
    if (number != nullptr && *evidence.threshold > 0) {
      json.key("over").value(std::round(*number / *evidence.threshold * hundredths) / hundredths);
    }
  }
  json.end_object();
}

}  // namespace

void NameList::add(const std::string& name) {
  // Counting only: two names of one hash in 20,000 are not to be expected.
  if (seen_.size() >= max_counted || !seen_.insert(std::hash<std::string>{}(name)).second) return;
  if (shown_.size() >= max_shown) return;
  shown_.push_back(name);
  shown_bytes_ += name.size();
}

std::size_t NameList::memory_bytes() const {
  // A flat table is between half and nearly full, at 9 bytes an entry.
  constexpr std::size_t bytes_per_seen = 14;
  return shown_bytes_ + shown_.size() * sizeof(std::string) + seen_.size() * bytes_per_seen;
}

void NameList::restore(const std::vector<std::string>& names, std::uint64_t total) {
  *this = {};
  for (const auto& name : names) add(name);
  at_least(total);
}

bool NameList::forget(const std::string& name) {
  // Counted as a number from here on, since what stands for the name in seen_ goes with it.
  at_least(total());
  seen_.erase(std::hash<std::string>{}(name));
  if (std::erase(shown_, name) == 0) return false;
  shown_bytes_ -= name.size();
  return true;
}

std::string_view state_name(State state) {
  return state_names.at(static_cast<std::size_t>(state));
}

std::optional<State> state_by_name(std::string_view name) {
  const auto* const at = std::ranges::find(state_names, name);
  if (at == state_names.end()) return std::nullopt;
  return static_cast<State>(at - state_names.begin());
}

std::size_t Alert::memory_bytes() const {
  // Itself, its places in the indexes of a book, and short texts.
  constexpr std::size_t fixed = sizeof(Alert) + 512;
  constexpr std::size_t bytes_per_evidence = sizeof(detect::Evidence) + 64;
  return fixed + message.size() + evidence.size() * bytes_per_evidence + sources.memory_bytes() +
         logins.memory_bytes() + taken.memory_bytes();
}

State Alert::state() const {
  if (shadow) return State::shadow;
  if (closed) return State::closed;
  return acknowledged ? State::acknowledged : State::open;
}

std::string alert_json(const Alert& alert) {
  base::JsonWriter json;
  json.begin_object().key("id").value(alert.id).key("rule").value(alert.rule);
  json.key("severity").value(detect::severity_name(alert.severity)).key("key").value(alert.key);
  json.key("state").value(state_name(alert.state()));
  json.key("first_seen").raw(history::format_seconds(alert.first_seen));
  json.key("last_seen").raw(history::format_seconds(alert.last_seen));
  json.key("count").value(alert.count).key("message").value(alert.message);
  write_list(json, "sources", alert.sources.shown());
  json.key("sources_total").value(alert.sources.total());
  write_list(json, "logins", alert.logins.shown());
  json.key("logins_total").value(alert.logins.total());
  write_list(json, "taken", alert.taken.shown());
  json.key("evidence").begin_object();
  write_list(json, "rules", alert.rules);
  if (!alert.because_of.empty()) json.key("because_of").value(alert.because_of);
  for (const auto& evidence : alert.evidence) {
    if (evidence.name != "because_of") write_evidence(json, evidence);
  }
  json.end_object().key("attack").value(alert.attack).key("feedback");
  if (alert.feedback.empty())
    json.null();
  else
    json.value(alert.feedback);
  if (!alert.handled_by.empty()) json.key("handled_by").value(alert.handled_by);
  return std::move(json.end_object()).text();
}

}  // namespace trackalert::alert
