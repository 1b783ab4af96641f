// SPDX-License-Identifier: Apache-2.0
// How good the detections were on labelled reports: which campaigns were found, how soon, which accounts that they
// got into were named, and how many alerts were about nobody.
//
// Terms: a campaign is what reports of one label's name have in common, a family its kind. An alert counts from medium
// severity on, unless its rule only looks on. It is right if one of the sources or logins that it names belongs to a
// campaign that was active between its first and its last moment; otherwise it is false. It has found the campaigns of
// which it names a source.
//
// Bounds: max_campaigns, and max_names of sources and logins; what is beyond is counted in Score::left_out, and nothing
// is said of it. Deterministic. Threads: one.
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <boost/unordered/unordered_flat_set.hpp>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "alert/alert.h"
#include "app/risk_curves.h"
#include "login/report.h"

namespace trackalert::app {

/// "label": {"attack": "password_spray", "campaign": "c17", "taken": true} of a report line; honest ones have none.
struct Label {
  std::string attack;
  std::string campaign;
  bool taken = false;  ///< this login was entered
};

struct FamilyScore {
  std::size_t campaigns = 0;
  std::size_t detected = 0;
  std::size_t alerts = 0;                       ///< that follow from no other alert, about its campaigns
  std::size_t taken = 0;                        ///< accounts
  std::size_t named = 0;                        ///< of them, in a right alert
  std::vector<double> seconds_to_detect;        ///< sorted; of the detected
  std::vector<std::string> missed;              ///< campaigns, sorted
  [[nodiscard]] double recall() const;          ///< 1 without a campaign
  [[nodiscard]] double median_seconds() const;  ///< 0 without a detected one
};

struct RuleScore {
  std::size_t alerts = 0;
  std::size_t wrong = 0;
};

struct Score {
  std::map<std::string, FamilyScore> families;
  /// By rule and severity, alerts below medium too.
  std::map<std::pair<std::string, std::string>, RuleScore> rules;
  std::size_t honest_reports = 0;
  std::size_t attack_reports = 0;
  std::size_t alerts = 0;                  ///< of medium or above
  std::size_t wrong = 0;                   ///< of these
  std::vector<std::string> wrongly_taken;  ///< honest accounts that were named as taken, sorted
  std::vector<RiskPoint> risk;
  std::size_t left_out = 0;
  [[nodiscard]] double per_100000(std::size_t alerts) const;
};

class Scorer {
 public:
  static constexpr std::size_t max_campaigns = 100'000;
  static constexpr std::size_t max_names = 5'000'000;

  /// Each report, before what is found about it. Whether its risk is worth comparing: an owner's success, or the first
  /// of a campaign with this login, since it has the attacker's ways among its own from then on.
  bool add(const login::Report& report, history::Time time, const std::optional<Label>& label);
  /// What such a one was judged to be.
  void add_risk(const std::optional<Label>& label, std::uint32_t successes_before, double bits) {
    curves_.add(label ? label->attack : std::string_view(), successes_before, bits);
  }
  /// An alert that has just been opened or become worse, as it is then.
  void heard_of(const alert::Alert& alert);
  /// An alert as it was in the end.
  void add(const alert::Alert& alert);
  [[nodiscard]] Score score() const;

 private:
  using Number = std::uint32_t;
  struct Campaign {
    std::string family;
    std::string name;
    history::Time first = 0;
    history::Time last = 0;
    std::size_t alerts = 0;
    std::optional<history::Time> detected;
    boost::unordered_flat_set<std::string> taken;
    boost::unordered_flat_set<std::string> named;
  };
  [[nodiscard]] std::optional<Number> number_of(const Label& label, history::Time time);
  void remember(const std::string& name, Number campaign);
  /// Whom the alert is rightly about.
  [[nodiscard]] std::vector<Number> campaigns_of(const alert::Alert& alert, bool by_logins) const;
  void credit(Campaign& campaign, const alert::Alert& alert, history::Time opened);

  std::vector<Campaign> campaigns_;
  boost::unordered_flat_map<std::string, Number> numbers_;
  /// Sources and logins, marked apart.
  boost::unordered_flat_map<std::string, std::vector<Number>> campaigns_by_name_;
  boost::unordered_flat_map<std::string, history::Time> heard_;
  boost::unordered_flat_set<std::string> taken_;  ///< by anybody
  boost::unordered_flat_set<std::string> said_taken_;
  RiskCurves curves_;
  Score score_;
};

/// For people.
[[nodiscard]] std::string score_text(const Score& score);
/// {"families": {"password_spray": {"campaigns", "detected", "recall", "median_seconds", "alerts", "taken", "named",
/// "missed"}}, "rules": [{"rule", "severity", "alerts", "false"}], "honest_reports", "attack_reports", "alerts",
/// "false_alerts", "alerts_per_100000", "false_alerts_per_100000", "wrongly_taken": [...], "left_out", "risk":
/// [{"attack", "successes", "caught", "attacks", "honest", "threshold_bits", "challenged"}]}
[[nodiscard]] std::string score_json(const Score& score);

}  // namespace trackalert::app
