// SPDX-License-Identifier: Apache-2.0
// An attack of somebody who knows the password, or one that was right once. Not thread safe.
#pragma once

#include <optional>
#include <vector>

#include "traffic/campaign.h"

namespace trackalert::traffic {

class Intrusion final : public Campaign {
 public:
  enum class Wait : std::uint8_t {
    none,
    owner_far_away,    ///< until the owner has just logged in on another continent
    password_retired,  ///< until the owner has replaced the password
  };
  struct Visit {
    Time at = 0;
    Time give_up = 0;  ///< what has not come by then is left out
    Wait wait = Wait::none;
    bool retired_password = false;  ///< the one before the owner's: fails
    unsigned sessions = 0;          ///< that follow from there
    LoginIndex login = 0;
    BlockIndex block = 0;
    base::Address remote;
    Device device;
  };

  /// Visits need no order. `population` must outlive it.
  Intrusion(const Population& population, const Label& label, std::vector<Visit> visits, Dice dice);

  [[nodiscard]] std::optional<Time> next_time() const override;
  [[nodiscard]] std::optional<Attempt> step(Time now) override;

 private:
  [[nodiscard]] bool is_ready(const Visit& visit, Time now) const;
  void postpone(Visit visit, Time now);
  void add(const Visit& visit);

  std::vector<Visit> visits_;  ///< the last is due first
  Sessions sessions_;
};

}  // namespace trackalert::traffic
