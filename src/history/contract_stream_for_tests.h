// SPDX-License-Identifier: Apache-2.0
// Random reports and questions for the contract test: few values, so that they meet again and again, and among them
// what is awkward: nothing, NUL bytes, no UTF-8, texts longer than profiles keep, times late, early and equal.
#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "history/history.h"

namespace trackalert::history {

/// The same numbers from the same seed on every machine (which the distributions of <random> do not promise).
class Dice {
 public:
  explicit Dice(std::uint64_t seed) : random_(seed) {}

  /// 0 to `sides` - 1.
  std::uint64_t roll(std::uint64_t sides) { return random_() % sides; }
  /// first to last
  Time between(Time first, Time last) {
    return first + static_cast<Time>(roll(static_cast<std::uint64_t>(last - first) + 1));
  }
  bool percent(unsigned chance) { return roll(100) < chance; }
  template <class Values>
  const auto& one_of(const Values& values) {
    return values[roll(values.size())];
  }

 private:
  std::mt19937_64 random_;
};

class Stream {
 public:
  explicit Stream(Dice& dice);

  struct Made {
    login::Report report;
    geo::Place place;
  };
  Made report(Time now);

  /// Half of them about `events` that exist.
  Filter filter(const std::vector<Event>& events, Time now);
  Query query(const std::vector<Event>& events, Time now);
  /// A query that every engine must refuse: query_problem() finds something.
  Query nonsense();
  /// Sometimes one that never came.
  std::string login();
  /// Half of them whole days.
  std::pair<Time, Time> window(const std::vector<Event>& events, Time now);

 private:
  Time time(Time now);
  void add_attributes(login::Report& report);
  void set_time(Filter& filter, const std::vector<Event>& events, Time now);
  void set_fields(Filter& filter, const Event& like, unsigned chance);
  base::Prefix network(const base::Address& address);

  Dice& dice_;
  std::vector<std::string> logins_;
  std::vector<base::Address> remotes_;
  std::vector<geo::Place> places_;
  std::vector<login::Attributes> devices_;
  Time last_time_ = 0;
};

}  // namespace trackalert::history
