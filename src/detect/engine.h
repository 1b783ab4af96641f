// SPDX-License-Identifier: Apache-2.0
// Judges every report against the memory: the report's own profile as it was before, which History::append() gives, and
// tables of the engine's own for the last minutes and hours. Long windows are swept. Deterministic: the same reports in
// the same order give the same findings; the only clock is the reports'.
//
// Memory: tables of one fixed size (Options::memory_bytes, meant to be a part of setHistoryMemoryMB), whatever comes
// in; what makes room for what is said in tables.h. Losing an entry means to see less, never to accuse more.
//
// Threads: one at a time, in the order of the reports of a login. The History is asked only where a rule has found
// something.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "detect/asn_kinds.h"
#include "detect/finding.h"
#include "detect/risk.h"
#include "detect/rule.h"
#include "detect/standing.h"
#include "history/history.h"

namespace trackalert::detect {

class Engine {
 public:
  struct Options {
    std::size_t memory_bytes = std::size_t{32} << 20;
    /// What hashes are keyed by: so that nobody outside knows what collides. A replay takes a fixed one.
    std::uint64_t hash_seed = 0;
  };
  /// `history` must outlive the engine.
  Engine(const history::History& history, std::span<const Rule> rules, AsnKinds kinds, const Options& options);
  ~Engine();

  /// A report that the history has appended; appends what is found to `out`, usually nothing. `risk`, if wanted, is
  /// what the report looked like before it was counted.
  void judge(const history::Arrival& arrival, std::vector<Finding>& out, Risk* risk = nullptr);
  /// As time goes on, by the reports' clock: once a minute, or with each batch. Cheap when nothing is due.
  void sweep(history::Time now, std::vector<Finding>& out);
  /// After a start: what the log holds of the last `remembered` fills the tables of long windows, in any order, beside
  /// judge().
  void remember(const history::Event& event);
  static constexpr history::Time remembered = 30 * history::day;
  /// What a login did in that net, as far as it is remembered, was at a usual place, on a usual device.
  void accept_place(std::string_view login, const base::Prefix& net);
  /// Other rules from now on; the tables stay.
  void use(std::span<const Rule> rules, AsnKinds kinds);

  struct RuleCounts {
    std::string rule;
    std::uint64_t evaluated = 0;
    std::uint64_t found = 0;
  };
  struct Counts {
    std::vector<RuleCounts> rules;
    std::uint64_t judged = 0;
    std::uint64_t lookups = 0;
    std::uint64_t lookups_failed = 0;
    // Entries that made room for others.
    std::uint64_t logins_evicted = 0;
    std::uint64_t sources_evicted = 0;
    std::uint64_t places_evicted = 0;
    std::uint64_t strangers_evicted = 0;
  };
  [[nodiscard]] Counts counts() const;
  /// Of one rule; zeros for one that never was.
  [[nodiscard]] RuleCounts counts_of(std::string_view rule) const;

  /// How near the rules are to finding something about a login, or a source: for explanations.
  [[nodiscard]] Standings standings_of_login(std::string_view login, history::Time now) const;
  [[nodiscard]] Standings standings_of_source(const base::Prefix& source, history::Time now) const;
  /// Entries of any table that made room for others.
  [[nodiscard]] std::uint64_t evictions() const;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace trackalert::detect
