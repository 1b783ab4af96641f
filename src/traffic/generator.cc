// SPDX-License-Identifier: Apache-2.0
#include "traffic/generator.h"

#include <fmt/format.h>

#include <algorithm>

namespace trackalert::traffic {
namespace {

/// What a seed is for.
enum class Purpose : std::uint64_t { people = 1, habits, passwords, attacks };

std::uint64_t seed_for(const Options& options, Purpose purpose) {
  return mix(mix(options.seed, options.world), static_cast<std::uint64_t>(purpose));
}

Population::Options population_options(const Options& options) {
  return {
      .seed = seed_for(options, Purpose::people),
      .logins = options.logins,
      .reports_per_1000_days = std::clamp(options.reports_per_1000_days, 1U, Population::max_reports_per_day * 1000)};
}

Time end_of(const Options& options) {
  return options.begin + std::clamp(options.days, 1U, Options::max_days) * day;
}

}  // namespace

Generator::Generator(const World& world, const Options& options)
    : end_(end_of(options)),
      population_(world, population_options(options)),
      honest_(population_, seed_for(options, Purpose::habits), {options.begin, end_}),
      writer_(seed_for(options, Purpose::passwords), world.domain()) {
  Planner planner(population_, seed_for(options, Purpose::attacks), {options.begin, end_});
  campaigns_ = planner.plan(options.attacks);
  const auto clients = static_cast<std::uint32_t>(population_.clients().size());
  std::vector<Turn> turns;
  turns.reserve(clients + campaigns_.size());
  for (std::uint32_t client = 0; client < clients; ++client) {
    if (const auto first = honest_.first_time(client)) turns.push_back({*first, client});
  }
  for (std::uint32_t index = 0; index < campaigns_.size(); ++index) {
    const auto& campaign = *campaigns_[index];
    summary_.families[static_cast<unsigned>(campaign.label().family)].campaigns += 1;
    if (const auto first = campaign.next_time()) turns.push_back({*first, clients + index});
  }
  waiting_ = decltype(waiting_)(std::greater<>(), std::move(turns));
}

std::optional<Attempt> Generator::take_turn(const Turn& turn) {
  const auto clients = static_cast<std::uint32_t>(population_.clients().size());
  std::optional<Time> next;
  std::optional<Attempt> attempt;
  if (turn.who < clients) {
    auto step = honest_.step(turn.who, turn.at);
    attempt = step.attempt;
    next = step.next;
  } else {
    auto& campaign = *campaigns_[turn.who - clients];
    attempt = campaign.step(turn.at);
    next = campaign.next_time();
  }
  if (next && *next < end_) waiting_.push({std::max(*next, turn.at), turn.who});
  return attempt;
}

std::optional<Attempt> Generator::next() {
  while (!waiting_.empty()) {
    const Turn turn = waiting_.top();
    waiting_.pop();
    if (const auto attempt = take_turn(turn)) {
      count(*attempt);
      return attempt;
    }
  }
  return std::nullopt;
}

bool Generator::next(std::string& out) {
  const auto attempt = next();
  if (attempt) writer_.append(out, *attempt);
  return attempt.has_value();
}

void Generator::count(const Attempt& attempt) {
  const bool success = attempt.outcome == Outcome::success;
  if (attempt.label) {
    auto& family = summary_.families[static_cast<unsigned>(attempt.label->family)];
    summary_.attacks += 1;
    family.reports += 1;
    family.successes += success ? 1 : 0;
  } else {
    summary_.honest += 1;
    summary_.honest_failures += success ? 0 : 1;
  }
}

Summary Generator::summary() const {
  auto out = summary_;
  for (const auto& campaign : campaigns_) {
    out.families[static_cast<unsigned>(campaign->label().family)].taken += campaign->taken().size();
  }
  return out;
}

std::string Summary::to_text() const {
  auto out = fmt::format("{} reports: {} honest, {} of them failures; {} of attackers\n", lines(), honest,
                         honest_failures, attacks);
  for (unsigned index = 0; index < family_count; ++index) {
    const auto& family = families[index];
    if (family.campaigns == 0) continue;
    fmt::format_to(std::back_inserter(out), "  {:<24}{:>5} campaign{} {:>9} reports {:>7} accounts taken\n",
                   family_name(static_cast<Family>(index)), family.campaigns, family.campaigns == 1 ? ", " : "s,",
                   family.reports, family.taken);
  }
  return out;
}

}  // namespace trackalert::traffic
