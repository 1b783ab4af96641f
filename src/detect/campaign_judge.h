// SPDX-License-Identifier: Apache-2.0
// What no single source or login shows: many addresses that each stay quiet, and more guesses than is usual. Every
// guess by a stranger is counted (tables.h); sweeps look for groups of such addresses that share a trait, and are more
// than that group has been before. Thread: the engine's.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "detect/source_judge.h"
#include "detect/stranger_group.h"
#include "detect/surge_judge.h"

namespace trackalert::detect {

class CampaignJudge {
 public:
  void note_guess(const Sighting& sighting, Tables& tables, const Hasher& hasher);
  /// News of the campaign, if one names the address of a guess.
  void tell_again(const Sighting& sighting, Room& room);
  /// An entry from an address that a campaign names is a taken account.
  void note_success(Sighting& sighting, Room& room);
  /// Called as time goes on, once a minute or so; looks when it is due.
  void sweep(Room& room, Seconds now);

  /// As if it had been there: what the log holds of one report, in any order.
  void remember(const history::Event& event, Tables& tables, const Hasher& hasher);

 private:
  struct Campaign {
    std::string trait;
    std::string key;
    std::size_t rule = 0;
    Seconds last = 0;    ///< seen by a sweep
    Seconds active = 0;  ///< told of
    Seconds told = 0;
    std::size_t told_sources = 0;
    std::size_t sources = 0;
    double loud = 0;  ///< who guesses more only shares the trait
    std::size_t least_sources = 0;

    /// Whether an alert under its key may be open.
    [[nodiscard]] bool is_open(Seconds now) const { return active + marked_for > now; }
  };

  static void listen_again(Campaign& campaign, unsigned number, Tables& tables);
  void count(Stranger& stranger, Seconds time, std::uint32_t login);
  [[nodiscard]] bool takes(const SweepWindow& window, const Stranger& stranger) const;
  void sweep_window(Room& room, const SweepWindow& window);
  [[nodiscard]] std::vector<StrangerInWindow> strangers_in(Tables& tables, const SweepWindow& window) const;
  std::vector<StrangerGroup> groups_of(Room& room, const SweepWindow& window);
  void found(Room& room, const SweepWindow& window, StrangerGroup& group);
  void leave_out_others(const SweepWindow& window, StrangerGroup& group) const;
  [[nodiscard]] std::optional<std::size_t> joined_by(const SweepWindow& window, const StrangerGroup& group) const;
  std::size_t campaign_of(const SweepWindow& window, const StrangerGroup& group, const std::string& trait);
  [[nodiscard]] std::string free_key(const std::string& trait, Seconds now) const;
  void mark_members(Room& room, const SweepWindow& window, const StrangerGroup& group, std::size_t index,
                    std::vector<Stranger*>& fresh);
  std::vector<Entry> name_members(Room& room, const SweepWindow& window, const std::vector<Stranger*>& fresh,
                                  Finding& finding);
  [[nodiscard]] std::string trait_text(const StrangerGroup& group) const;
  [[nodiscard]] static bool worth_a_look(const Tables& tables, const CampaignRule& rule, Seconds now);
  void remember_name(std::uint32_t hash, std::string_view text);

  std::vector<Campaign> campaigns_;
  /// Texts of devices and protocols, for messages.
  std::vector<std::pair<std::uint32_t, std::string>> texts_;
  Seconds observed_since_ = 0;
  Seconds newest_ = 0;
  Seconds last_short_ = 0;
  Seconds last_long_ = 0;
  std::uint64_t guesses_since_short_ = 0;
  SurgeJudge surges_;
};

}  // namespace trackalert::detect
