// SPDX-License-Identifier: Apache-2.0
// What a person's verdict on an alert does.
//
//   good    It was the person. The alert is closed. What its successful reports came with (country, autonomous system,
//           network, device) is usual for its login from now on, and for no other.
//   bad     It was somebody else. The alert is critical, open, and news; the login counts as taken; what its reports
//           taught is forgotten; the answer lists which other logins the alert's sources got into.
//   forget  As if it had not been. The alert is closed. Values that the login has only since the alert are new again.
//
// An alert about a source or a campaign has no login of its own: there a verdict is recorded, and teaches nothing
// unless it names the login. For "good" the answer says how to allow the source: a click shall not let an attacker in.
//
// The last verdict holds: what an earlier one of the same alert taught is taken back.
//
// Threads: any; asks the history, so not on an I/O thread.
#pragma once

#include <string>
#include <vector>

#include "alert/handling.h"
#include "alert/watch.h"

namespace trackalert::alert {

struct Wish {
  std::string alert;  ///< its id
  Verdict verdict = Verdict::good;
  std::string by;
  /// Whom it is about, if the alert itself does not say it; empty: what the alert says.
  std::string login;
  std::optional<UsedLink> link;
};

/// What one source got into.
struct Touched {
  std::string source;
  std::vector<history::TopAnswer::Row> logins;  ///< by successes
};

struct FeedbackAnswer {
  Alert alert;
  VerdictRecord record;
  std::vector<Mark> learned;
  std::vector<Touched> touched;
  bool all_touched = true;  ///< false: there was no time, or no room, for all of it
  std::string advice;       ///< what a person may want to do next; empty: nothing
};

// Bounds.
inline constexpr std::size_t max_reports_behind = 100;    ///< the newest of an alert
inline constexpr std::size_t max_learned = 32;            ///< marks of one verdict
inline constexpr std::size_t max_touched_sources = 20;    ///< the first of an alert
inline constexpr std::size_t max_touched_logins = 50;     ///< of one source
inline constexpr std::chrono::seconds touched_within{5};  ///< all questions together
inline constexpr history::Time touched_since = 30 * history::day;

[[nodiscard]] Handled<FeedbackAnswer> give_feedback(const history::History& history, Watch& watch,
                                                    const base::Clock& clock, const Wish& wish);

/// The login that an alert is about; empty: about no login.
[[nodiscard]] std::string login_of(const Alert& alert);
/// The successful reports of `login` that the alert is about, newest first, as far as the history has them.
[[nodiscard]] std::vector<history::Event> reports_behind(const history::History& history, const Alert& alert,
                                                         const std::string& login);

/// {"alert": {...}, "verdict", "by", "time", "learned": [{"login", "facet", "value", "usual"}], "touched": [{"source",
/// "logins": [{"login", "successes"}]}], "all_touched", "advice"}; the last three where they have something to say.
[[nodiscard]] std::string feedback_json(const FeedbackAnswer& answer);
/// The same for people, in lines.
[[nodiscard]] std::string feedback_text(const FeedbackAnswer& answer);
/// A table of rules, with hints.
[[nodiscard]] std::string verdict_counts_text(const std::vector<VerdictCounts>& counts);

}  // namespace trackalert::alert
