// SPDX-License-Identifier: Apache-2.0
#include "alert/verdict.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "base/json_writer.h"
#include "history/time_text.h"

namespace trackalert::alert {
namespace {

constexpr std::array<std::string_view, 3> names{"good", "bad", "forget"};
/// Fewer verdicts say little.
constexpr std::uint64_t enough_verdicts = 10;
constexpr double mostly = 0.5;
constexpr double percent = 100;
constexpr double thousandths = 1000;

}  // namespace

std::string_view verdict_name(Verdict verdict) {
  return names.at(static_cast<std::size_t>(verdict));
}

std::optional<Verdict> verdict_by_name(std::string_view name) {
  const auto* const at = std::ranges::find(names, name);
  if (at == names.end()) return std::nullopt;
  return static_cast<Verdict>(at - names.begin());
}

double VerdictCounts::false_alarm_share() const {
  return all() == 0 ? 0 : static_cast<double>(good) / static_cast<double>(all());
}

std::string VerdictCounts::hint() const {
  if (all() < enough_verdicts || false_alarm_share() <= mostly) return {};
  return fmt::format(
      "{:.0f} % of its verdicts say that nothing was wrong: raise its thresholds with enableDetection(\"{}\", {{ ... "
      "}}), "
      "allow the networks that cause it, or let it only look on with mode = \"shadow\"",
      false_alarm_share() * percent, rule);
}

std::string verdict_counts_json(const VerdictCounts& counts) {
  base::JsonWriter json;
  json.begin_object().key("rule").value(counts.rule).key("good").value(counts.good).key("bad").value(counts.bad);
  json.key("forget").value(counts.forget);
  json.key("false_alarm_share").value(std::round(counts.false_alarm_share() * thousandths) / thousandths);
  if (const auto hint = counts.hint(); !hint.empty()) json.key("hint").value(hint);
  return std::move(json.end_object()).text();
}

std::string verdict_json(const VerdictRecord& record) {
  base::JsonWriter json;
  json.begin_object().key("verdict").value(verdict_name(record.verdict)).key("by").value(record.by);
  json.key("time").raw(history::format_seconds(record.time));
  return std::move(json.end_object()).text();
}

}  // namespace trackalert::alert
