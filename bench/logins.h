// SPDX-License-Identifier: Apache-2.0
// A stream of logins for the history's benchmark: accounts with homes and devices of their own, Zipf-like, spread over
// a time. The same seed gives the same stream. One thread each.
#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "geo/place.h"
#include "history/event.h"
#include "login/report.h"

namespace trackalert::bench {

struct LoginOptions {
  std::size_t reports = 5'000'000;
  std::size_t logins = 100'000;
  std::size_t addresses = 200'000;
  history::Time begin = history::Time{1'795'000'000} * history::second;
  history::Time length = 30 * history::day;
  std::uint64_t seed = 1;
};

/// Draws ranks 0 to n-1, rank r in proportion to 1 / (r + 1).
class ZipfRanks {
 public:
  explicit ZipfRanks(std::size_t n);
  std::size_t operator()(std::mt19937_64& random) const;

 private:
  std::vector<double> cumulated_;
};

class Logins {
 public:
  explicit Logins(const LoginOptions& options);
  struct Login {
    login::Report report;
    geo::Place place;
  };
  /// The next report; true until all have come.
  bool next(Login& out);
  [[nodiscard]] history::Time now() const { return time_; }

 private:
  const LoginOptions options_;
  std::mt19937_64 random_;
  ZipfRanks logins_;
  ZipfRanks addresses_;
  std::size_t made_ = 0;
  history::Time time_;
};

}  // namespace trackalert::bench
