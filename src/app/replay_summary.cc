// SPDX-License-Identifier: Apache-2.0
#include "app/replay_summary.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/json_writer.h"
#include "base/utf8.h"
#include "history/table_text.h"
#include "history/time_text.h"

namespace trackalert::app {
namespace {

constexpr std::size_t rule_width = 32;
constexpr std::size_t key_width = 40;

std::string whole_seconds(history::Time time) {
  return history::format_time(time - time % history::second).substr(0, 19) + "Z";
}

std::string noisiest_text(const std::vector<ReplayAlerts::Key>& keys) {
  std::string out;
  for (const auto& key : keys) {
    out += fmt::format("{}{} ({})", out.empty() ? "" : ", ", shown_in(key.key, key_width),
                       key.alerts > 1 ? fmt::format("{} alerts", key.alerts) : fmt::format("{}x", key.findings));
  }
  return out;
}

std::string head_text(const ReplaySummary& summary) {
  const auto& counts = summary.counts;
  auto out = fmt::format("{} reports judged", counts.reports);
  if (counts.oldest && counts.newest) {
    out += fmt::format(", {} to {} ({:.1f} days)", whole_seconds(*counts.oldest), whole_seconds(*counts.newest),
                       static_cast<double>(*counts.newest - *counts.oldest) / static_cast<double>(history::day));
  }
  out += fmt::format("; {} lines passed over\n", summary.passed_over.lines());
  for (std::size_t i = 0; i < passed_over_count; ++i) {
    const auto& reason = summary.passed_over.reasons.at(i);
    if (reason.lines == 0) continue;
    out += fmt::format("  {}: {} (the first: {})\n", passed_over_text(static_cast<PassedOver>(i)), reason.lines,
                       history::printable(reason.first));
  }
  if (counts.late > 0) {
    out +=
        fmt::format("{} reports came more than 10 minutes late: inputs are to be in the order of time\n", counts.late);
  }
  return out;
}

std::string lua_text(const ReplaySummary& summary) {
  std::string out;
  for (const auto& [function, failure] : summary.failures) {
    out +=
        fmt::format("Lua {} failed {} times, first: {}\n", function, failure.count, history::printable(failure.first));
  }
  const auto& lines = summary.logged.lines;
  const auto errors = lines[static_cast<std::size_t>(base::Level::error)];
  const auto warnings = lines[static_cast<std::size_t>(base::Level::warning)];
  std::uint64_t all = 0;
  for (const auto count : lines) all += count;
  if (all > 0) {
    out += fmt::format("The policy logged {} errors, {} warnings and {} other lines ({} of them not shown)\n", errors,
                       warnings, all - errors - warnings, summary.logged.not_shown);
  }
  if (summary.counts.background_runs > 0) {
    out += fmt::format("Background functions ran {} times\n", summary.counts.background_runs);
  }
  if (summary.counts.gaps > 0) {
    out += fmt::format("{} gaps between reports were too long to run background functions all through them\n",
                       summary.counts.gaps);
  }
  if (summary.webhooks_withheld > 0) {
    out += fmt::format("{} deliveries of custom webhooks were withheld (--deliver sends them)\n",
                       summary.webhooks_withheld);
  }
  return out;
}

}  // namespace

std::string shown_in(std::string_view text, std::size_t width) {
  auto out = history::printable(text);
  std::size_t at = 0;
  for (std::size_t characters = 0; at < out.size(); ++characters) {
    if (characters + 1 == width) {
      const auto last = base::first_character(std::string_view(out).substr(at)).bytes;
      if (at + last < out.size()) out.replace(at, std::string::npos, "\u2026");
      break;
    }
    at += base::first_character(std::string_view(out).substr(at)).bytes;
  }
  return out;
}

double ReplaySummary::days() const {
  if (!counts.oldest || !counts.newest) return 1;
  return std::max(1.0, static_cast<double>(*counts.newest - *counts.oldest) / static_cast<double>(history::day));
}

std::string summary_text(const ReplaySummary& summary) {
  auto out = head_text(summary) + lua_text(summary);
  if (summary.rules.empty()) return out + "No alerts.\n";
  std::size_t width = 4;
  for (const auto& [name, rule] : summary.rules) width = std::max(width, std::min(name.size(), rule_width));
  out += fmt::format("\n{:<{}}  {:>8}  {:>8}  {:>9}  {:>8}  {}\n", "rule", width, "alerts", "a day", "accounts",
                     "sources", "noisiest");
  for (const auto& [name, rule] : summary.rules) {
    out += fmt::format("{:<{}}  {:>8}  {:>8.2f}  {:>9}  {:>8}  {}\n", shown_in(name, rule_width), width, rule.alerts,
                       static_cast<double>(rule.alerts) / summary.days(), rule.accounts, rule.sources,
                       noisiest_text(rule.noisiest));
  }
  out += fmt::format("{:<{}}  {:>8}  {:>8.2f}\n", "all", width, summary.alerts,
                     static_cast<double>(summary.alerts) / summary.days());
  return out;
}

std::string summary_json(const ReplaySummary& summary) {
  base::JsonWriter json;
  const auto& counts = summary.counts;
  json.begin_object().key("reports").value(counts.reports);
  if (counts.oldest) json.key("oldest").raw(history::format_seconds(*counts.oldest));
  if (counts.newest) json.key("newest").raw(history::format_seconds(*counts.newest));
  json.key("days").value(summary.days()).key("late").value(counts.late).key("passed_over").begin_object();
  for (std::size_t i = 0; i < passed_over_count; ++i) {
    const auto& reason = summary.passed_over.reasons.at(i);
    if (reason.lines == 0) continue;
    json.key(passed_over_name(static_cast<PassedOver>(i))).begin_object();
    json.key("lines").value(reason.lines).key("first").value(reason.first).end_object();
  }
  json.end_object().key("rules").begin_array();
  for (const auto& [name, rule] : summary.rules) {
    json.begin_object().key("rule").value(name).key("alerts").value(rule.alerts).key("by_severity").begin_object();
    for (const auto& [severity, alerts] : rule.by_severity) json.key(detect::severity_name(severity)).value(alerts);
    json.end_object().key("accounts").value(rule.accounts).key("sources").value(rule.sources);
    json.key("alerts_per_day").value(static_cast<double>(rule.alerts) / summary.days()).key("noisiest").begin_array();
    for (const auto& key : rule.noisiest) {
      json.begin_object().key("key").value(key.key).key("alerts").value(key.alerts);
      json.key("findings").value(key.findings).end_object();
    }
    json.end_array().end_object();
  }
  json.end_array().key("alerts").value(summary.alerts).key("lua_errors").begin_object();
  for (const auto& [function, failure] : summary.failures) {
    json.key(function).begin_object().key("count").value(failure.count).key("first").value(failure.first).end_object();
  }
  const auto& lines = summary.logged.lines;
  const auto errors = lines[static_cast<std::size_t>(base::Level::error)];
  const auto warnings = lines[static_cast<std::size_t>(base::Level::warning)];
  std::uint64_t all = 0;
  for (const auto count : lines) all += count;
  json.end_object().key("log_lines").begin_object().key("error").value(errors).key("warning").value(warnings);
  json.key("other").value(all - errors - warnings).key("not_shown").value(summary.logged.not_shown).end_object();
  json.key("background_runs").value(counts.background_runs);
  json.key("webhooks_withheld").value(summary.webhooks_withheld).end_object();
  return std::move(json).text() + "\n";
}

}  // namespace trackalert::app
