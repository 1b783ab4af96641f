// SPDX-License-Identifier: Apache-2.0
// Which campaigns there are, when, and against whom. Pure but for what it arranges in the population: owners who will
// replace a password, and sleepers who stay asleep. Not thread safe.
#pragma once

#include <memory>
#include <set>
#include <span>
#include <vector>

#include "traffic/campaign.h"
#include "traffic/intrusion.h"

namespace trackalert::traffic {

class Planner {
 public:
  struct Period {
    Time begin = 0;
    Time end = 0;
  };

  /// `population` must outlive it and the campaigns.
  Planner(Population& population, std::uint64_t seed, const Period& period);

  /// In the order of the orders, numbered from 1 on. All of a campaign lies within the period: one that is longer than
  /// what is left of it is cut to that. The first third of the period, and 8 days where it has 12 or more, stay without
  /// attacks, so that what is usual can be learnt. One that finds no victim (no account sleeps) is left out.
  [[nodiscard]] std::vector<std::unique_ptr<Campaign>> plan(std::span<const AttackOrder> orders);

 private:
  struct Case {
    Family family;
    Intensity intensity;
    bool takes;  ///< whether a guesser gets in; whoever knows the password always does
    Label label;
  };
  using Visits = std::vector<Intrusion::Visit>;

  [[nodiscard]] std::unique_ptr<Campaign> plan_one(const Case& what);
  [[nodiscard]] std::unique_ptr<Campaign> plan_guessing(const Case& what);
  [[nodiscard]] Visits visits_of(const Case& what);
  [[nodiscard]] Visits visit_strangers(const Case& what);
  [[nodiscard]] Visits visit_far_away(const Case& what);
  [[nodiscard]] Visits visit_many_countries(const Case& what);
  [[nodiscard]] Visits visit_sleepers(const Case& what);
  [[nodiscard]] Visits try_retired(const Case& what);
  [[nodiscard]] Visits visit_as(const Case& what);

  /// A begin within the period for what takes so long.
  [[nodiscard]] Time begin_for(Time length);
  /// Somebody who logs in at least so often, as far as one is found; nobody twice while there are others.
  [[nodiscard]] LoginIndex active_victim(unsigned reports_per_day);
  [[nodiscard]] std::optional<LoginIndex> sleeping_victim();
  [[nodiscard]] Intrusion::Visit visit(LoginIndex login, BlockIndex block, Time at);

  Population& population_;
  const World& world_;
  const Period period_;
  Time first_ = 0;  ///< attack
  Dice dice_;
  std::set<LoginIndex> victims_;
};

}  // namespace trackalert::traffic
