// SPDX-License-Identifier: Apache-2.0
// What the owners of the logins do: when a client logs in next, from where, and with what password. They go to work and
// home, travel, change addresses, phones and passwords, mistype; a few in 1,000 do something unusual on a day, two
// such things at once hardly anybody. Changes the population. Not thread safe.
#pragma once

#include <cstdint>
#include <optional>

#include "traffic/population.h"

namespace trackalert::traffic {

class Honest {
 public:
  struct Period {
    Time begin = 0;
    Time end = 0;
  };

  /// `population` must outlive it.
  Honest(Population& population, std::uint64_t seed, const Period& period)
      : population_(population), seed_(seed), period_(period) {}

  /// When the client logs in first; nothing if not before the end. Sleepers did so months before the begin.
  [[nodiscard]] std::optional<Time> first_time(std::uint32_t client);
  /// Lets the client log in now: the attempt, or nothing where it is off; and its next time, if there is one before the
  /// end.
  struct Step {
    std::optional<Attempt> attempt;
    std::optional<Time> next;
  };
  [[nodiscard]] Step step(std::uint32_t client, Time now);

 private:
  struct Place {
    BlockIndex block;
    base::Address remote;
  };

  /// What may happen to a person on any day.
  void live_through(LoginIndex index, Time now);
  void start_trip(Person& person, Time now);
  void change_password(Person& person, Time now);
  void renew_devices(LoginIndex index, Dice& dice);

  [[nodiscard]] std::optional<Place> whereabouts(const Client& client, Time now) const;
  [[nodiscard]] Place on_phone(const Client& client, Dice& dice, Time now) const;
  [[nodiscard]] Place at_line(const Client& client, const Line& line, Time now) const;
  [[nodiscard]] Place behind_anonymiser(const Person& person, Dice& dice) const;
  [[nodiscard]] Place behind_proxy() const;

  void judge(Client& client, Attempt& attempt);
  [[nodiscard]] bool stale(const Client& client, Time now) const;
  [[nodiscard]] Time early_time(const Client& client);
  [[nodiscard]] Time next_time(const Client& client, Time now);
  [[nodiscard]] std::optional<Time> next_of_sleeper(const Client& client, Time now);

  Population& population_;
  const std::uint64_t seed_;
  const Period period_;
};

}  // namespace trackalert::traffic
