// SPDX-License-Identifier: Apache-2.0
// Slows down who guesses our own password. Every source (an IPv4 address, a /64 of IPv6) has so many wrong passwords to
// spare and gets one back every few seconds. Once they are used up, its requests are turned away unseen until there is
// one again: no guess, right or wrong, is looked at sooner. Who has proven on a connection that he knows the password
// goes on there, whoever else guesses from behind the same address.
//
// What is known of sources is bounded: where there are too many, those with the fewest wrong passwords are forgotten.
#pragma once

#include <array>
#include <chrono>
#include <vector>

#include "base/address.h"
#include "base/clock.h"
#include "base/guarded.h"
#include "base/line_limiter.h"
#include "base/log.h"
#include "metrics/registry.h"

namespace trackalert::api {

/// Any thread.
class GuessBrake {
 public:
  static constexpr unsigned to_spare = 20;
  static constexpr std::chrono::seconds one_more_every{10};
  static constexpr std::size_t most_sources = 4096;

  GuessBrake(base::Log& log, const base::Clock& clock, metrics::Registry& registry);
  /// A wrong password came from there.
  void note_wrong(const base::Address& peer);
  /// Whether a request from there is to be turned away, which is counted.
  [[nodiscard]] bool holds(const base::Address& peer);

 private:
  struct Source {
    base::Address address;
    base::SteadyTime full_again;  ///< when all is forgiven; in the past: a free place
  };
  static constexpr std::size_t places_a_set = 8;
  using Sources = std::vector<Source>;

  [[nodiscard]] static Source* find(Sources& sources, std::size_t set, const base::Address& address);
  [[nodiscard]] std::size_t set_of(const base::Address& address) const;

  base::Log& log_;
  const base::Clock& clock_;
  base::LineLimiter lines_;
  metrics::Counter& turned_away_;
  std::array<unsigned char, 16> hash_key_{};  ///< so that nobody can choose whom to share a set with
  base::Guarded<Sources> sources_;
};

}  // namespace trackalert::api
