// SPDX-License-Identifier: Apache-2.0
// A score as text and as JSON.
#include <fmt/format.h>

#include "app/scorer.h"
#include "base/json_writer.h"
#include "base/log.h"

namespace trackalert::app {
namespace {

std::string shown_time(double seconds) {
  constexpr double minute = 60;
  constexpr double hour = 3600;
  constexpr double day = 86'400;
  if (seconds < 2 * minute) return fmt::format("{:.0f} s", seconds);
  if (seconds < 2 * hour) return fmt::format("{:.0f} min", seconds / minute);
  if (seconds < 2 * day) return fmt::format("{:.1f} h", seconds / hour);
  return fmt::format("{:.1f} d", seconds / day);
}

std::string risk_text(const std::vector<RiskPoint>& points) {
  if (points.empty()) return {};
  auto out = fmt::format("\n{:<24}{:>12}{:>9}{:>9}{:>12}{:>12}\n", "risk: attack", "successes", "attacks", "caught",
                         "threshold", "challenged");
  for (const auto& point : points) {
    out += fmt::format("{:<24}{:>12}{:>9}{:>8.1f}%{:>7.1f} bits{:>11.2f}%\n", base::escape_control(point.attack),
                       success_ranges.at(point.range).text, point.attacks, point.caught * 100, point.threshold_bits,
                       point.challenged * 100);
  }
  return out;
}

}  // namespace

std::string score_text(const Score& score) {
  auto out = fmt::format("\n{:<24}{:>10}{:>10}{:>8}{:>12}{:>9}{:>8}{:>8}\n", "family", "campaigns", "detected",
                         "recall", "median time", "alerts", "taken", "named");
  for (const auto& [name, family] : score.families) {
    out += fmt::format("{:<24}{:>10}{:>10}{:>8.2f}{:>12}{:>9}{:>8}{:>8}\n", base::escape_control(name),
                       family.campaigns, family.detected, family.recall(), shown_time(family.median_seconds()),
                       family.alerts, family.taken, family.named);
  }
  out += fmt::format("\n{:<24}{:<10}{:>8}{:>8}\n", "rule", "severity", "alerts", "false");
  for (const auto& [rule, counted] : score.rules) {
    out += fmt::format("{:<24}{:<10}{:>8}{:>8}\n", base::escape_control(rule.first), rule.second, counted.alerts,
                       counted.wrong);
  }
  out += fmt::format(
      "\nAlerts of medium severity or above per 100,000 honest logins: {:.2f}, false ones {:.2f} ({} of {})\n",
      score.per_100000(score.alerts), score.per_100000(score.wrong), score.wrong, score.alerts);
  out += fmt::format("Honest accounts named as taken: {}\n", score.wrongly_taken.size());
  out += risk_text(score.risk);
  if (score.left_out > 0) out += fmt::format("{} names or reports were too many and are left out\n", score.left_out);
  return out;
}

std::string score_json(const Score& score) {
  base::JsonWriter json;
  json.begin_object().key("families").begin_object();
  for (const auto& [name, family] : score.families) {
    json.key(name).begin_object().key("campaigns").value(family.campaigns).key("detected").value(family.detected);
    json.key("recall").value(family.recall()).key("median_seconds").value(family.median_seconds());
    json.key("alerts").value(family.alerts).key("taken").value(family.taken).key("named").value(family.named);
    json.key("missed").begin_array();
    for (const auto& campaign : family.missed) json.value(campaign);
    json.end_array().end_object();
  }
  json.end_object().key("rules").begin_array();
  for (const auto& [rule, counted] : score.rules) {
    json.begin_object().key("rule").value(rule.first).key("severity").value(rule.second);
    json.key("alerts").value(counted.alerts).key("false").value(counted.wrong).end_object();
  }
  json.end_array().key("honest_reports").value(score.honest_reports).key("attack_reports").value(score.attack_reports);
  json.key("alerts").value(score.alerts).key("false_alerts").value(score.wrong);
  json.key("alerts_per_100000").value(score.per_100000(score.alerts));
  json.key("false_alerts_per_100000").value(score.per_100000(score.wrong)).key("wrongly_taken").begin_array();
  for (const auto& login : score.wrongly_taken) json.value(login);
  json.end_array().key("left_out").value(score.left_out).key("risk").begin_array();
  for (const auto& point : score.risk) {
    json.begin_object().key("attack").value(point.attack).key("successes").value(success_ranges.at(point.range).text);
    json.key("caught").value(point.caught).key("attacks").value(point.attacks).key("honest").value(point.honest);
    json.key("threshold_bits").value(point.threshold_bits).key("challenged").value(point.challenged).end_object();
  }
  json.end_array();
  return std::move(json.end_object()).text() + "\n";
}

}  // namespace trackalert::app
