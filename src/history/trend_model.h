// SPDX-License-Identifier: Apache-2.0
// A TrendDay as a plain list of reports, slow and obvious: what tests hold the real one against.
#pragma once

#include <map>
#include <set>
#include <vector>

#include "history/trend.h"

namespace trackalert::history {

class TrendModel {
 public:
  struct Bucket {
    Time length = 0;
    std::uint32_t successes = 0;
    std::uint32_t failures = 0;
    std::set<std::uint32_t> logins, remotes, guesses;
  };
  /// By start, from midnight.
  using Buckets = std::map<Time, Bucket>;

  void add(const TrendDay::Count& count) { counts_.push_back(count); }
  void fold() { folded_ = folded_ || !counts_.empty(); }
  void merge(const TrendModel& other) {
    counts_.insert(counts_.end(), other.counts_.begin(), other.counts_.end());
    folded_ = folded_ || other.folded_;
  }
  [[nodiscard]] bool folded() const { return folded_; }

  [[nodiscard]] Buckets buckets() const {
    Time newest = 0;
    for (const auto& count : counts_) newest = std::max(newest, start_of(count, minute));
    Buckets out;
    for (const auto& count : counts_) {
      const Time length = folded_ ? day : newest - start_of(count, minute) < 3 * hour ? minute : hour;
      auto& bucket = out[start_of(count, length)];
      bucket.length = length;
      ++(count.success ? bucket.successes : bucket.failures);
      if (count.has_login && count.facet != Facet::login) bucket.logins.insert(count.hashes.login);
      if (count.has_remote && count.facet != Facet::remote) bucket.remotes.insert(count.hashes.remote);
      if (count.hashes.guess) bucket.guesses.insert(*count.hashes.guess);
    }
    return out;
  }

  [[nodiscard]] TrendSums sum(std::int32_t day_number, Time since, Time until) const {
    TrendSums sums;
    for (const auto& [from_midnight, bucket] : buckets()) {
      const Time start = day_number * day + from_midnight;
      const Time end = start + bucket.length;
      if (end <= since || start >= until || since >= until) continue;
      sums.successes += bucket.successes;
      sums.failures += bucket.failures;
      for (const auto hash : bucket.logins) sums.logins.insert(hash);
      for (const auto hash : bucket.remotes) sums.remotes.insert(hash);
      for (const auto hash : bucket.guesses) sums.guesses.insert(hash);
      sums.cut = sums.cut || start < since || end > until;
    }
    return sums;
  }

 private:
  static Time start_of(const TrendDay::Count& count, Time length) { return count.time % day / length * length; }

  std::vector<TrendDay::Count> counts_;
  bool folded_ = false;
};

}  // namespace trackalert::history
