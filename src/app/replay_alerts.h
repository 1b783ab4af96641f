// SPDX-License-Identifier: Apache-2.0
// What becomes of alerts in a replay: each goes to a receiver as it was in the end, and is counted by rule. An alert
// that was open before the replay began is none of its own until it touches it.
//
// Bounds: rules and keys beyond max_names are counted in one row or not at all; how many different accounts and sources
// a rule named is exact as far as their names were kept in alerts. Threads: one.
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <boost/unordered/unordered_flat_set.hpp>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "alert/monitor.h"
#include "app/scorer.h"

namespace trackalert::app {

class ReplayAlerts final : public alert::Audience {
 public:
  static constexpr std::size_t max_rules = 1000;
  static constexpr std::size_t max_names = 2'000'000;  ///< accounts, sources and keys of all rules

  using Receiver = std::function<void(const alert::Alert& alert)>;
  /// `scorer` may be null.
  ReplayAlerts(Receiver receiver, Scorer* scorer) : receiver_(std::move(receiver)), scorer_(scorer) {}

  void changed(const alert::Alert& alert, alert::AlertBook::News news) override;
  void closed(alert::Alert alert) override;
  /// One that is open at the end.
  void still_open(const alert::Alert& alert);

  struct Key {
    std::string key;  ///< the begin of it
    std::uint64_t alerts = 0;
    std::uint64_t findings = 0;
  };
  struct Rule {
    std::uint64_t alerts = 0;
    std::map<detect::Severity, std::uint64_t> by_severity;
    std::uint64_t accounts = 0;
    std::uint64_t sources = 0;
    std::vector<Key> noisiest;  ///< at most `most_keys`
  };
  static constexpr std::size_t most_keys = 3;
  [[nodiscard]] std::map<std::string, Rule> rules() const;
  [[nodiscard]] std::uint64_t alerts() const { return alerts_; }

 private:
  struct Tally {
    std::uint64_t alerts = 0;
    std::map<detect::Severity, std::uint64_t> by_severity;
    boost::unordered_flat_set<std::uint64_t> accounts;
    boost::unordered_flat_set<std::uint64_t> sources;
    boost::unordered_flat_map<std::uint64_t, Key> keys;  ///< by hash
  };
  void finished(const alert::Alert& alert);
  void add_names(const std::vector<std::string>& names, boost::unordered_flat_set<std::uint64_t>& into);

  const Receiver receiver_;
  Scorer* const scorer_;
  boost::unordered_flat_set<std::string> touched_;  ///< ids of open ones
  std::map<std::string, Tally> tallies_;
  std::size_t names_ = 0;
  std::uint64_t alerts_ = 0;
};

}  // namespace trackalert::app
