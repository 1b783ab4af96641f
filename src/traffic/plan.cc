// SPDX-License-Identifier: Apache-2.0
#include "traffic/plan.h"

#include <algorithm>
#include <array>

#include "traffic/attack_sources.h"
#include "traffic/guessing.h"

namespace trackalert::traffic {
namespace {

constexpr unsigned max_looks = 2000;  ///< for a victim

std::uint16_t any_host(Dice& dice) {
  return static_cast<std::uint16_t>(dice.between(16, 65519));
}

/// By intensity.
unsigned of(Intensity intensity, const std::array<unsigned, intensity_count>& values) {
  return values[static_cast<unsigned>(intensity)];
}

}  // namespace

Planner::Planner(Population& population, std::uint64_t seed, const Period& period)
    : population_(population), world_(population.world()), period_(period), dice_(mix(seed, 0x706c616e)) {
  const Time length = period.end - period.begin;
  first_ = period.begin + std::max(length / 3, length >= 12 * day ? 8 * day : 0);
}

std::vector<std::unique_ptr<Campaign>> Planner::plan(std::span<const AttackOrder> orders) {
  std::vector<std::unique_ptr<Campaign>> out;
  for (const auto& order : orders) {
    for (unsigned index = 0; index < order.campaigns; ++index) {
      const auto in_turn = static_cast<Intensity>(index % intensity_count);
      const Case what{order.family,
                      order.intensity.value_or(in_turn),
                      index % 2 == 0,
                      {order.family, static_cast<std::uint32_t>(out.size() + 1)}};
      if (auto campaign = plan_one(what)) out.push_back(std::move(campaign));
    }
  }
  return out;
}

std::unique_ptr<Campaign> Planner::plan_one(const Case& what) {
  if (what.family <= last_guessing_family) return plan_guessing(what);
  auto visits = visits_of(what);
  if (visits.empty()) return nullptr;
  return std::make_unique<Intrusion>(population_, what.label, std::move(visits), Dice(dice_.roll()));
}

std::unique_ptr<Campaign> Planner::plan_guessing(const Case& what) {
  auto spec = guessing_spec(what.family, what.intensity);
  if (!what.takes && what.family != Family::success_after_guessing) spec.takes = 0;
  // Some room for what is done with an account.
  spec.length = std::max<Time>(minute, std::min(spec.length, (period_.end - first_) * 9 / 10));
  const auto first = spec.victims == 1 ? active_victim(1) : static_cast<LoginIndex>(dice_.below(population_.size()));
  const Time begin = begin_for(spec.length);
  return std::make_unique<GuessingCampaign>(population_, what.label, spec, begin, first, Dice(dice_.roll()));
}

Planner::Visits Planner::visits_of(const Case& what) {
  switch (what.family) {
    case Family::stranger:
      return visit_strangers(what);
    case Family::impossible_travel:
      return visit_far_away(what);
    case Family::many_countries:
      return visit_many_countries(what);
    case Family::dormant_account:
      return visit_sleepers(what);
    case Family::retired_password:
      return try_retired(what);
    default:
      return visit_as(what);
  }
}

Time Planner::begin_for(Time length) {
  return first_ + dice_.between(0, std::max<Time>(0, period_.end - first_ - length));
}

LoginIndex Planner::active_victim(unsigned reports_per_day) {
  std::optional<LoginIndex> best;
  const auto rate = [&](LoginIndex index) { return population_.person(index).reports_per_1000_days; };
  for (unsigned looks = 0; looks < max_looks; ++looks) {
    const auto index = static_cast<LoginIndex>(dice_.below(population_.size()));
    if (population_.person(index).sleeper || victims_.contains(index)) continue;
    if (!best || rate(index) > rate(*best)) best = index;
    if (rate(*best) >= reports_per_day * 1000) break;
  }
  const LoginIndex victim = best.value_or(0);
  victims_.insert(victim);
  return victim;
}

std::optional<LoginIndex> Planner::sleeping_victim() {
  for (unsigned looks = 0; looks < max_looks; ++looks) {
    const auto index = static_cast<LoginIndex>(dice_.below(population_.size()));
    if (!population_.person(index).sleeper || !victims_.insert(index).second) continue;
    population_.person(index).sleeps_on = true;
    return index;
  }
  return std::nullopt;
}

Intrusion::Visit Planner::visit(LoginIndex login, BlockIndex block, Time at) {
  Intrusion::Visit out;
  out.at = at;
  out.give_up = period_.end;
  out.login = login;
  out.block = block;
  out.remote = world_.v4(block, any_host(dice_));
  out.device = choose_strange_device(population_, login, dice_);
  return out;
}

/// From the owner's country, from abroad, from a rented machine into several accounts.
Planner::Visits Planner::visit_strangers(const Case& what) {
  Visits out;
  const Time begin = begin_for(6 * hour);
  const auto accounts = of(what.intensity, {1, 1, 4});
  const auto hosting = visit(0, dice_.one_of(world_.hosting_blocks()), begin);
  for (unsigned index = 0; index < accounts; ++index) {
    const auto login = active_victim(2);
    const auto home = population_.person(login).country;
    const auto country = what.intensity == Intensity::low ? home : world_.other_country(home, true, dice_);
    auto block = world_.any_access(country, dice_);
    // In the owner's country there are two providers; the other one is the stranger's.
    while (world_.blocks()[block].network == world_.blocks()[population_.person(login).home.block].network) {
      block = world_.any_access(country, dice_);
    }
    auto one = visit(login, block, begin + dice_.between(0, 3 * hour));
    if (what.intensity == Intensity::high) one.remote = hosting.remote;
    if (what.intensity == Intensity::high) one.block = hosting.block;
    one.sessions = static_cast<unsigned>(dice_.between(0, 3));
    out.push_back(one);
  }
  return out;
}

Planner::Visits Planner::visit_far_away(const Case& what) {
  Visits out;
  for (unsigned index = 0; index < of(what.intensity, {1, 1, 3}); ++index) {
    const auto login = active_victim(8);
    const auto country = world_.other_country(population_.person(login).country, false, dice_);
    const Time begin = begin_for((period_.end - first_) / 2);
    auto one = visit(login, world_.any_access(country, dice_), begin);
    one.wait = Intrusion::Wait::owner_far_away;
    one.sessions = of(what.intensity, {0, 2, 4});
    out.push_back(one);
  }
  return out;
}

Planner::Visits Planner::visit_many_countries(const Case& what) {
  const auto login = active_victim(2);
  const Time length = of(what.intensity, {18, 10, 4}) * hour;
  const auto visits = of(what.intensity, {3, 5, 9});
  const Time begin = begin_for(length);
  const auto device = choose_strange_device(population_, login, dice_);
  Visits out;
  std::set<std::uint8_t> seen{population_.person(login).country};
  for (unsigned index = 0; index < visits; ++index) {
    auto country = static_cast<std::uint8_t>(dice_.below(countries().size()));
    while (!seen.insert(country).second) country = static_cast<std::uint8_t>((country + 1U) % countries().size());
    auto one = visit(login, world_.any_access(country, dice_), begin + length / visits * index);
    one.device = device;
    out.push_back(one);
  }
  return out;
}

Planner::Visits Planner::visit_sleepers(const Case& what) {
  Visits out;
  const Time begin = begin_for(6 * hour);
  for (unsigned index = 0; index < of(what.intensity, {1, 2, 5}); ++index) {
    const auto login = sleeping_victim();
    if (!login) break;
    const auto country = world_.other_country(population_.person(*login).country, true, dice_);
    const auto block =
        what.intensity == Intensity::low ? world_.any_access(country, dice_) : dice_.one_of(world_.hosting_blocks());
    auto one = visit(*login, block, begin + dice_.between(0, 4 * hour));
    one.sessions = static_cast<unsigned>(dice_.between(0, 2));
    out.push_back(one);
  }
  return out;
}

Planner::Visits Planner::try_retired(const Case& what) {
  Visits out;
  const Time lead = (period_.end - first_) / 4;
  const Time begin = std::max(begin_for(8 * hour), first_ + lead);
  const auto source = visit(0, dice_.one_of(world_.hosting_blocks()), begin);
  for (unsigned index = 0; index < of(what.intensity, {1, 1, 6}); ++index) {
    const auto login = active_victim(2);
    population_.person(login).change_at = begin - dice_.between(lead / 2, lead);
    for (unsigned tries = 0; tries < of(what.intensity, {1, 4, 2}); ++tries) {
      auto one = visit(login, source.block, begin + dice_.between(0, 6 * hour));
      if (what.intensity != Intensity::middle) one.remote = source.remote;
      one.wait = Intrusion::Wait::password_retired;
      one.retired_password = true;
      out.push_back(one);
    }
  }
  return out;
}

/// The four of the risk score's curves.
Planner::Visits Planner::visit_as(const Case& what) {
  const auto login = active_victim(0);  // whoever: curves want to know little of some, and much of others
  const auto& owner = population_.person(login);
  auto block = world_.any_access(static_cast<std::uint8_t>(dice_.below(countries().size())), dice_);
  if (what.family == Family::vpn_attacker) {
    block = dice_.one_of(world_.anonymiser_blocks());
    for (const auto near : world_.anonymiser_blocks()) {
      if (world_.blocks()[near].country == owner.country) block = near;
    }
  } else if (what.family == Family::targeted_attacker) {
    block = dice_.one_of(world_.access_blocks(owner.country, owner.city));
  } else if (what.family == Family::very_targeted_attacker) {
    block = owner.home.block;
  }
  auto one = visit(login, block, begin_for(hour));
  one.device = pick_device(DeviceUse::desktop_browser, dice_);
  if (what.family == Family::very_targeted_attacker) one.device = population_.main_device(login);
  return {one};
}

}  // namespace trackalert::traffic
