// SPDX-License-Identifier: Apache-2.0
#include "alert/alert_text.h"

#include <fmt/format.h>

#include "base/json_writer.h"
#include "history/table_text.h"
#include "history/time_text.h"

namespace trackalert::alert {
namespace {

using history::printable;

constexpr std::size_t most_names = 20;

std::string line(std::string_view name, std::string_view value) {
  return value.empty() ? std::string() : fmt::format("{:<12}{}\n", name, value);
}

std::string names(const NameList& list) {
  std::string out;
  const auto& shown = list.shown();
  for (std::size_t i = 0; i < shown.size() && i < most_names; ++i) out += (i == 0 ? "" : ", ") + printable(shown[i]);
  const auto left = list.total() - std::min<std::uint64_t>(list.total(), std::min(shown.size(), most_names));
  return left == 0 ? out : fmt::format("{}{}{} more", out, out.empty() ? "" : ", and ", left);
}

std::string seen_text(const detect::Evidence& evidence) {
  const auto* number = std::get_if<double>(&evidence.seen);
  return number != nullptr ? base::json_number(*number) : printable(std::get<std::string>(evidence.seen));
}

}  // namespace

std::string evidence_text(std::span<const detect::Evidence> evidence) {
  std::string out;
  for (const auto& piece : evidence) {
    out += fmt::format("  {:<22}{}", printable(piece.name), seen_text(piece));
    if (piece.threshold) {
      out += fmt::format(", threshold {}", base::json_number(*piece.threshold));
      const auto* number = std::get_if<double>(&piece.seen);
      if (number != nullptr && *piece.threshold > 0) out += fmt::format(" ({:.2f} times)", *number / *piece.threshold);
    }
    if (!piece.usual.empty()) out += fmt::format(", usual {}", printable(piece.usual));
    out += '\n';
  }
  return out;
}

std::string alerts_table(std::span<const Alert> alerts) {
  if (alerts.empty()) return "No alerts.\n";
  std::string out =
      fmt::format("{:<29}{:<10}{:<24}{:<18}{:<14}{}\n", "last seen", "severity", "rule", "id", "state", "key");
  for (const auto& alert : alerts) {
    out += fmt::format("{:<29}{:<10}{:<24}{:<18}{:<14}{}\n", history::format_time(alert.last_seen),
                       detect::severity_name(alert.severity), printable(alert.rule), alert.id,
                       state_name(alert.state()), printable(alert.key));
  }
  return out;
}

std::string alert_text(const Alert& alert) {
  std::string rules;
  for (const auto& rule : alert.rules) rules += (rules.empty() ? "" : ", ") + printable(rule);
  return printable(alert.message) + "\n\n" + line("id", alert.id) +
         line("severity", detect::severity_name(alert.severity)) + line("state", state_name(alert.state())) +
         line("key", printable(alert.key)) + line("rules", rules) + line("attack", printable(alert.attack)) +
         line("first seen", history::format_time(alert.first_seen)) +
         line("last seen", history::format_time(alert.last_seen)) + line("count", std::to_string(alert.count)) +
         line("follows", alert.because_of) + line("verdict", printable(alert.feedback)) +
         line("handled by", printable(alert.handled_by)) + line("sources", names(alert.sources)) +
         line("logins", names(alert.logins)) + line("taken", names(alert.taken)) + "\nevidence\n" +
         evidence_text(alert.evidence);
}

}  // namespace trackalert::alert
