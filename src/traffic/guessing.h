// SPDX-License-Identifier: Apache-2.0
// An attack that tries passwords: how many sources try how many logins how often for how long, and into how many they
// get. Tries are spread evenly over its time, each a little off its place; logins come in rounds, in another order each
// round, and sources in turn. Its memory is its sources. Not thread safe.
#pragma once

#include <string>
#include <vector>

#include "traffic/attack_sources.h"
#include "traffic/campaign.h"

namespace trackalert::traffic {

struct GuessingSpec {
  Family family;
  Intensity intensity;
  Origin origin;
  unsigned sources;
  unsigned nets;     ///< /24s that the sources are in
  unsigned victims;  ///< logins
  unsigned tries;    ///< in all
  Time length;
  unsigned takes;            ///< accounts whose password is among the guesses, in every other campaign
  unsigned unknown_percent;  ///< of the logins: names that the service does not know
};

/// What the family does at that intensity. The family must be one that guesses.
[[nodiscard]] const GuessingSpec& guessing_spec(Family family, Intensity intensity);

class GuessingCampaign final : public Campaign {
 public:
  /// A spec larger than the population is cut to half of its logins. The first of them is `first_login`. `population`
  /// must outlive it.
  GuessingCampaign(const Population& population, const Label& label, const GuessingSpec& spec, Time begin,
                   LoginIndex first_login, Dice dice);

  [[nodiscard]] std::optional<Time> next_time() const override;
  [[nodiscard]] std::optional<Attempt> step(Time now) override;

 private:
  struct Take {
    unsigned slot;
    unsigned round;
  };

  void choose_takes();
  [[nodiscard]] Time time_of(unsigned index) const;
  [[nodiscard]] LoginIndex login_of(unsigned slot) const;
  [[nodiscard]] bool is_known(unsigned slot) const;
  [[nodiscard]] Device device_of(unsigned source) const;
  [[nodiscard]] std::optional<Attempt> guess(Time now);
  [[nodiscard]] Secret secret_of(unsigned slot, unsigned round);
  void use_account(Time now, LoginIndex login, const base::Address& remote);

  GuessingSpec spec_;
  const Time begin_;
  const LoginIndex first_login_;
  const std::uint64_t seed_;  ///< of choices that stay
  std::vector<base::Address> sources_;
  Device device_;
  std::vector<Take> takes_;
  Sessions sessions_;
  unsigned next_ = 0;  ///< try
};

}  // namespace trackalert::traffic
