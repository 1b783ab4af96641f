// SPDX-License-Identifier: Apache-2.0
// Rules made ready for the engine: parameters looked up once, sorted by what they are about. Immutable.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "detect/finding.h"
#include "detect/sighting.h"

namespace trackalert::detect {

using RulePtr = std::shared_ptr<const Rule>;

struct ThresholdRule {
  RulePtr rule;
  std::size_t index = 0;  ///< in Ruleset::all(), as in every rule below
  bool of_source = false;
  Seconds window = 0;
  unsigned long_days = 0;
  std::size_t guesses = 0;
  std::size_t nets = 0;
  unsigned days = 0;
};
struct WideSourceRule {
  RulePtr rule;
  std::size_t index = 0;
  Seconds window = 0;
  unsigned long_days = 0;
  unsigned days = 0;
  std::size_t logins = 0;
  std::size_t guesses = 0;
  unsigned guesses_per_login = 0;
  double narrow_share = 0;
  double stranger_share = 0;
};
struct CountriesRule {
  RulePtr rule;
  std::size_t index = 0;
  Seconds window = 0;
  std::size_t countries = 0;
};
struct NoveltyRule {
  enum Thing : std::uint8_t { country = 1, network = 2, device = 4 };
  RulePtr rule;
  std::size_t index = 0;
  Maturity maturity;
  Seconds max_age = 0;
  std::uint8_t new_all = 0;
  std::uint8_t new_any = 0;
  std::uint8_t not_new = 0;
  std::uint8_t usual_any = 0;
  Seconds dormant = 0;
  std::optional<Severity> with_sign;
};
struct TravelRule {
  RulePtr rule;
  std::size_t index = 0;
  Maturity maturity;
  Seconds max_age = 0;
  double distance_km = 0;
  double speed_kmh = 0;
  Seconds window = 0;
  std::uint8_t spared = 0;
  Severity usual_device = Severity::low;
};
struct SequenceRule {
  RulePtr rule;
  std::size_t index = 0;
  Seconds window = 0;
  std::size_t guesses = 0;
};
struct SurgeRule {
  RulePtr rule;
  std::size_t index = 0;
  double guesses = 0;
  double deviations = 0;
  Seconds observed = 0;
};
struct CampaignRule {
  RulePtr rule;
  std::size_t index = 0;
  std::vector<Seconds> windows;
  bool long_window = false;
  std::size_t sources = 0;
  unsigned guesses_per_source = 0;
  std::size_t logins = 0;
  double stranger_share = 0;
  double excess = 0;
  Seconds observed = 0;
};

class Ruleset {
 public:
  /// `before`: all() of the rules in use until now. A name keeps its index for good, since tables remember it.
  explicit Ruleset(std::span<const Rule> rules, std::vector<RulePtr> before = {});

  /// By index; with those that are no longer in use.
  [[nodiscard]] const std::vector<RulePtr>& all() const { return all_; }

  std::vector<ThresholdRule> thresholds;
  std::vector<WideSourceRule> wide;
  std::vector<WideSourceRule> slow_wide;
  std::vector<CountriesRule> countries;
  std::vector<NoveltyRule> novelty;
  std::vector<TravelRule> travel;
  std::vector<SequenceRule> after_guesses;
  std::vector<SequenceRule> retired;
  std::vector<SequenceRule> after_alert;
  std::vector<SurgeRule> surges;
  std::vector<CampaignRule> campaigns;
  /// The smallest count that any of these needs: below it nothing is looked at.
  std::size_t least_wide_logins = SIZE_MAX;
  /// How far days of the country and network of a success are looked at to call a place usual.
  unsigned usual_days = 3;

 private:
  void add(const RulePtr& rule, std::size_t index);
  void add_sequence(const RulePtr& rule, std::size_t index);
  void add_distinct(const RulePtr& rule, std::size_t index);

  std::vector<RulePtr> all_;
};

}  // namespace trackalert::detect
