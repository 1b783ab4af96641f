// SPDX-License-Identifier: Apache-2.0
// A stream of generated logins, honest and not, in the order of their time: lines for login/parse.h, with a label on
// those of attackers. The same options give the same bytes on every machine. Memory: about 150 bytes a login and the
// sources of the attacks, however long the stream is. Not thread safe.
//
//   Generator generator(options);
//   std::string line;
//   while (line.clear(), generator.next(line)) ...
//   generator.summary()
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <queue>
#include <string>
#include <vector>

#include "traffic/honest.h"
#include "traffic/line_writer.h"
#include "traffic/plan.h"

namespace trackalert::traffic {

struct Options {
  static constexpr unsigned max_days = 3660;
  static constexpr Time earliest_begin = 365 * day;
  static constexpr Time latest_begin = 84'000 * day;  ///< in the year 2199

  std::uint32_t world = 0;                     ///< 0 to World::max_number
  std::uint64_t seed = 1;                      ///< people and attacks
  unsigned logins = 1000;                      ///< 1 to Population::max_logins
  unsigned days = 30;                          ///< 1 to max_days
  Time begin = 1'767'571'200 * second;         ///< Monday, 2026-01-05
  std::uint32_t reports_per_1000_days = 5000;  ///< of a login that is not asleep; 1 to 1000 times max_reports_per_day
  std::vector<AttackOrder> attacks;
};

struct Summary {
  struct FamilySum {
    unsigned campaigns = 0;
    std::uint64_t reports = 0;
    std::uint64_t successes = 0;
    std::uint64_t taken = 0;  ///< accounts; one that two campaigns took counts twice
  };

  std::uint64_t honest = 0;
  std::uint64_t honest_failures = 0;
  std::uint64_t attacks = 0;  ///< reports
  std::array<FamilySum, family_count> families;

  [[nodiscard]] std::uint64_t lines() const { return honest + attacks; }
  /// For people, several lines.
  [[nodiscard]] std::string to_text() const;
};

class Generator {
 public:
  /// `world` must have the number of the options and outlive it; values beyond their limits are set to them.
  Generator(const World& world, const Options& options);

  /// Appends one line with its end; false when there is none any more.
  [[nodiscard]] bool next(std::string& out);
  /// The same as a value.
  [[nodiscard]] std::optional<Attempt> next();
  /// Of what came so far.
  [[nodiscard]] Summary summary() const;

  /// Clients and campaigns that wait for their time: what the stream remembers beside the population.
  [[nodiscard]] std::size_t waiting() const { return waiting_.size(); }
  [[nodiscard]] const Population& population() const { return population_; }
  [[nodiscard]] const std::vector<std::unique_ptr<Campaign>>& campaigns() const { return campaigns_; }

 private:
  struct Turn {
    Time at;
    std::uint32_t who;  ///< a client, or behind all of them a campaign
    auto operator<=>(const Turn&) const = default;
  };

  [[nodiscard]] std::optional<Attempt> take_turn(const Turn& turn);
  void count(const Attempt& attempt);

  const Time end_;
  Population population_;
  Honest honest_;
  std::vector<std::unique_ptr<Campaign>> campaigns_;
  LineWriter writer_;
  std::priority_queue<Turn, std::vector<Turn>, std::greater<>> waiting_;
  Summary summary_;
};

}  // namespace trackalert::traffic
