// SPDX-License-Identifier: Apache-2.0
// What a verdict did, as JSON and as text.
#include <fmt/format.h>

#include "alert/feedback.h"
#include "base/json_writer.h"
#include "history/table_text.h"
#include "history/time_text.h"

namespace trackalert::alert {
namespace {

using history::printable;

constexpr double percent = 100;

std::string value_text(const Mark& mark) {
  return history::value_to_text(mark.facet, mark.value);
}

}  // namespace

std::string feedback_json(const FeedbackAnswer& answer) {
  base::JsonWriter json;
  json.begin_object().key("alert").raw(alert_json(answer.alert));
  json.key("verdict").value(verdict_name(answer.record.verdict)).key("by").value(answer.record.by);
  json.key("time").raw(history::format_seconds(answer.record.time)).key("learned").begin_array();
  for (const auto& mark : answer.learned) {
    json.begin_object().key("login").value(mark.login).key("facet").value(history::facet_name(mark.facet));
    json.key("value").value(value_text(mark)).key("usual").value(mark.usual).end_object();
  }
  json.end_array();
  if (answer.record.verdict == Verdict::bad) {
    json.key("touched").begin_array();
    for (const auto& touched : answer.touched) {
      json.begin_object().key("source").value(touched.source).key("logins").begin_array();
      for (const auto& row : touched.logins) {
        json.begin_object().key("login").value(row.value).key("successes").value(row.score).end_object();
      }
      json.end_array().end_object();
    }
    json.end_array().key("all_touched").value(answer.all_touched);
  }
  if (!answer.advice.empty()) json.key("advice").value(answer.advice);
  return std::move(json.end_object()).text();
}

std::string feedback_text(const FeedbackAnswer& answer) {
  auto out = fmt::format("Alert {} is {}, {}, verdict {}\n", answer.alert.id, state_name(answer.alert.state()),
                         detect::severity_name(answer.alert.severity), verdict_name(answer.record.verdict));
  for (const auto& mark : answer.learned) {
    out += fmt::format("{} for {}: {} {}\n", mark.usual ? "usual" : "new again", printable(mark.login),
                       history::facet_name(mark.facet), printable(value_text(mark)));
  }
  for (const auto& touched : answer.touched) {
    out += fmt::format("{} also got into", printable(touched.source));
    const char* between = " ";
    for (const auto& row : touched.logins) {
      out += fmt::format("{}{} ({} times)", between, printable(row.value), row.score);
      between = ", ";
    }
    out += '\n';
  }
  if (!answer.all_touched) out += "There is more that its sources did: ask the history\n";
  if (!answer.advice.empty()) out += answer.advice + "\n";
  return out;
}

std::string verdict_counts_text(const std::vector<VerdictCounts>& counts) {
  if (counts.empty()) return "Nobody has given a verdict yet.\n";
  auto out = fmt::format("{:<28}{:>8}{:>8}{:>8}{:>16}\n", "rule", "good", "bad", "forget", "false alarms");
  for (const auto& rule : counts) {
    out += fmt::format("{:<28}{:>8}{:>8}{:>8}{:>14.0f} %\n", printable(rule.rule), rule.good, rule.bad, rule.forget,
                       rule.false_alarm_share() * percent);
    if (const auto hint = rule.hint(); !hint.empty()) out += "  " + hint + "\n";
  }
  return out;
}

}  // namespace trackalert::alert
