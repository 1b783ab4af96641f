// SPDX-License-Identifier: Apache-2.0
#include "detect/surge_judge.h"

#include <fmt/format.h>

#include <cmath>

namespace trackalert::detect {
namespace {

double median_of(std::vector<double>& values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::ranges::nth_element(values, middle);
  return *middle;
}

}  // namespace

void SurgeJudge::sweep(Room& room, Seconds now, Seconds observed_since) {
  constexpr std::uint32_t slots_a_week = 7 * 144;
  constexpr std::uint32_t slots_an_hour = 6;
  constexpr std::uint32_t slots_a_day = 144;
  const auto slot = now / GuessLevels::slot_seconds;
  const auto first = observed_since / GuessLevels::slot_seconds + 1;  // the first whole one
  for (const auto& rule : room.rules.surges) {
    ++room.counts[rule.index].evaluated;
    const auto at = room.tables.levels.of_slot(slot) > room.tables.levels.of_slot(slot - 1) ? slot : slot - 1;
    const double guesses = room.tables.levels.of_slot(at);
    if (at <= told_slot_ || guesses < rule.guesses || now - observed_since < rule.observed) continue;
    std::vector<double> samples;
    const auto add = [&](std::uint32_t number) {
      if (number >= first && number < at) samples.push_back(room.tables.levels.of_slot(number));
    };
    const bool weeks = at >= first + 2 * slots_a_week;
    for (std::uint32_t week = 1; weeks && week <= 4; ++week) {
      const auto hour = (at - week * slots_a_week) / slots_an_hour * slots_an_hour;
      for (std::uint32_t i = 0; i < slots_an_hour; ++i) add(hour + i);
    }
    for (std::uint32_t i = 1; !weeks && i <= slots_a_day; ++i) add(at - i);
    if (samples.empty()) continue;
    const double median = median_of(samples);
    for (auto& sample : samples) sample = std::abs(sample - median);
    const double deviation = std::max(1.0, median_of(samples));
    const double threshold = std::max(rule.guesses, median + rule.deviations * deviation);
    if (guesses <= threshold) continue;
    const bool goes_on = told_slot_ != 0 && at <= told_slot_ + slots_an_hour;
    told_slot_ = at;
    Finding finding;
    finding.rule = rule.rule;
    finding.severity = rule.rule->severity;
    finding.time = to_time(now);
    finding.since = to_time(at * GuessLevels::slot_seconds);
    finding.key = "all";
    finding.goes_on = goes_on;
    finding.sources = room.lookup.top_of_failures(history::Facet::remote, finding.since, finding.time + 1, 50);
    finding.logins = room.lookup.top_of_failures(history::Facet::login, finding.since, finding.time + 1, 50);
    finding.evidence = {
        {"guesses_in_10_minutes", guesses, fmt::format("{} at this hour", shown_number(median)), threshold}};
    const NameList names{{"guesses", shown_number(guesses)}, {"usual", shown_number(median)}};
    room.found(rule.index, std::move(finding), names);
  }
}

}  // namespace trackalert::detect
