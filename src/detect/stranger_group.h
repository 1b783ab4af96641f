// SPDX-License-Identifier: Apache-2.0
// Quiet sources that have something in common, as a sweep sees them: what it counts of them, and how much it is more
// than usual. Thread: the engine's.
#pragma once

#include <boost/unordered/unordered_flat_set.hpp>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "detect/ruleset.h"
#include "detect/tables.h"

namespace trackalert::detect {

/// The time that a sweep looks back on.
struct SweepWindow {
  const CampaignRule& rule;
  Seconds length;
  Seconds now;
  [[nodiscard]] double guesses_of(const Stranger& stranger) const;
};
/// That the time touches; at least one.
[[nodiscard]] unsigned days_of(Seconds length);

/// A stranger as a sweep looks at it.
struct StrangerInWindow {
  std::uint64_t key = 0;  ///< of the address
  Stranger* stranger = nullptr;
  double guesses = 0;   ///< in the window
  double earlier = 0;   ///< before it
  bool counts = false;  ///< it may be a member; else it only says what is usual
};

/// Strangers that share a trait.
struct StrangerGroup {
  std::string_view kind;
  std::uint64_t value = 0;
  std::vector<std::pair<std::uint64_t, Stranger*>> members;  ///< by the key of the address
  boost::unordered_flat_set<std::uint32_t> logins;           ///< empty before gather_logins()
  double guesses = 0;
  double earlier = 0;  ///< of the whole time before the window
  double entered = 0;
  double loud = 0;                    ///< loudness_of() the members
  std::optional<std::size_t> joined;  ///< the campaign that goes on in them

  /// Kulldorff's scan statistic (1997): the logarithm of how much likelier so many guesses are if the group is what is
  /// special, than by its usual level. Of groups about one attack the one that fits it best has most.
  [[nodiscard]] double surprise(double level) const;
  void take_in(std::uint64_t key, Stranger& stranger, double of_window);
  /// Which the members have guessed at. Costs more than all the rest of a group: for those that are something.
  void gather_logins();
  /// Only those stay.
  template <class Stays>
  void keep(Stays stays, const SweepWindow& window) {
    const auto all = std::exchange(members, {});
    guesses = entered = 0;
    for (const auto& [key, stranger] : all) {
      if (stays(*stranger)) take_in(key, *stranger, window.guesses_of(*stranger));
    }
  }
};

/// The groups of one trait with so many members at least. Traits: "asn", "attrs", "country", "device", "net",
/// "protocol" and "protocol_country".
[[nodiscard]] std::vector<StrangerGroup> groups_by(std::string_view kind,
                                                   const std::vector<StrangerInWindow>& strangers,
                                                   std::size_t least_members);

/// Who guesses more than this only shares the others' trait, and is left to the rules about one source: far more than
/// the last of the `sources` loudest, without whom it would be no campaign.
[[nodiscard]] double loudness_of(std::vector<unsigned> guesses, std::size_t sources);

}  // namespace trackalert::detect
