// SPDX-License-Identifier: Apache-2.0
// Explanations as JSON and as text.
#include <fmt/format.h>

#include "alert/alert_text.h"
#include "alert/explain.h"
#include "base/json_writer.h"
#include "history/overview_json.h"
#include "history/overview_text.h"
#include "history/table_text.h"

namespace trackalert::alert {
namespace {

constexpr double percent = 100;
constexpr std::size_t most_rules_shown = 12;

void write_standings(base::JsonWriter& json, const detect::Standings& standings) {
  json.key("rules").begin_array();
  for (const auto& standing : standings) {
    json.begin_object().key("rule").value(standing.rule).key("key").value(standing.key);
    json.key("share").value(standing.share()).key("counts").begin_object();
    for (const auto& count : standing.counts) {
      json.key(count.name).begin_object().key("seen").value(count.seen);
      json.key("threshold").value(count.threshold).end_object();
    }
    json.end_object().end_object();
  }
  json.end_array();
}

std::string text_of(const detect::Value& value) {
  if (const auto* number = std::get_if<double>(&value)) return base::json_number(*number);
  if (const auto* flag = std::get_if<bool>(&value)) return *flag ? "true" : "false";
  if (const auto* text = std::get_if<std::string>(&value)) return base::json_string(*text);
  std::string out;
  for (const auto& text : std::get<detect::Texts>(value)) out += (out.empty() ? "" : ", ") + base::json_string(text);
  return "[" + out + "]";
}

void write_rule(base::JsonWriter& json, const detect::Rule& rule) {
  json.key("rule").begin_object().key("name").value(rule.name).key("kind").value(detect::kind_name(rule.kind));
  json.key("parameters").begin_object();
  for (const auto& [name, value] : rule.parameters) json.key(name).raw(text_of(value));
  json.end_object().end_object();
}

std::string standings_text(const detect::Standings& standings) {
  if (standings.empty()) return "\nNo rule has begun to count.\n";
  std::string out = "\nRules, nearest first\n";
  for (std::size_t i = 0; i < standings.size() && i < most_rules_shown; ++i) {
    const auto& standing = standings[i];
    std::string counts;
    for (const auto& [name, seen, threshold] : standing.counts) {
      counts += fmt::format("{}{} {} of {}", counts.empty() ? "" : ", ", name, base::json_number(seen),
                            base::json_number(threshold));
    }
    out += fmt::format("  {:>3.0f} %  {:<24}{:<30}{}\n", standing.share() * percent, history::printable(standing.rule),
                       history::printable(standing.key), counts);
  }
  return out;
}

std::string rule_text(const detect::Rule& rule) {
  std::string out = fmt::format("\nRule {} ({})\n", rule.name, detect::kind_name(rule.kind));
  for (const auto& [name, value] : rule.parameters) {
    out += fmt::format("  {:<24}{}\n", name, history::printable(text_of(value)));
  }
  return out;
}

}  // namespace

std::string explanation_json(const LoginExplanation& explanation) {
  base::JsonWriter json;
  json.begin_object().key("login").raw(history::overview_json(explanation.login)).key("alerts").begin_array();
  for (const auto& alert : explanation.alerts) json.raw(alert_json(alert));
  json.end_array();
  write_standings(json, explanation.standings);
  return std::move(json.end_object()).text();
}

std::string explanation_json(const AlertExplanation& explanation) {
  base::JsonWriter json;
  json.begin_object().key("alert").raw(alert_json(explanation.alert));
  if (explanation.because_of) json.key("because_of").raw(alert_json(*explanation.because_of));
  if (explanation.rule) write_rule(json, *explanation.rule);
  if (explanation.login) json.key("login").raw(history::overview_json(*explanation.login));
  if (explanation.remote) json.key("remote").raw(history::overview_json(*explanation.remote));
  write_standings(json, explanation.standings);
  return std::move(json.end_object()).text();
}

std::string explanation_text(const LoginExplanation& explanation) {
  auto out = history::overview_text(explanation.login) + "\nAlerts\n";
  if (explanation.alerts.empty()) out += "None names this login.\n";
  for (const auto& alert : explanation.alerts) {
    out += fmt::format("{} ({}, {}, id {})\n{}", history::printable(alert.message), history::printable(alert.rule),
                       detect::severity_name(alert.severity), alert.id, evidence_text(alert.evidence));
  }
  return out + standings_text(explanation.standings);
}

std::string explanation_text(const AlertExplanation& explanation) {
  auto out = alert_text(explanation.alert);
  if (explanation.because_of) {
    out += "\nfollows from\n" + alerts_table({&*explanation.because_of, 1});
  }
  if (explanation.rule) out += rule_text(*explanation.rule);
  if (explanation.login) out += "\nThe login\n" + history::overview_text(*explanation.login);
  if (explanation.remote) out += "\nThe source\n" + history::overview_text(*explanation.remote);
  return out + standings_text(explanation.standings);
}

}  // namespace trackalert::alert
