// SPDX-License-Identifier: Apache-2.0
// What a person says of an alert, and how rules fare by that. Plain values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "alert/mark_table.h"
#include "history/event.h"

namespace trackalert::alert {

/// The words "good" (it was the person), "bad" (it was somebody else) and "forget" (as if it had not been).
enum class Verdict : std::uint8_t { good, bad, forget };
[[nodiscard]] std::string_view verdict_name(Verdict verdict);
[[nodiscard]] std::optional<Verdict> verdict_by_name(std::string_view name);

/// One that was given.
struct VerdictRecord {
  Verdict verdict = Verdict::good;
  std::string by;
  history::Time time = 0;
  bool operator==(const VerdictRecord&) const = default;
};

/// A link of a mail that was used: it is of no use again.
struct UsedLink {
  std::string id;
  history::Time expires = 0;
};

/// A verdict with all that it changes, to be kept as one.
struct VerdictNote {
  std::string alert;  ///< its id
  VerdictRecord record;
  std::vector<Mark> marks;
  std::string login;  ///< whom it is about: what somebody else got into, or did not; empty: nobody in particular
  std::optional<UsedLink> link;
};

/// The alerts of one rule by their last verdict.
struct VerdictCounts {
  std::string rule;
  std::uint64_t good = 0;
  std::uint64_t bad = 0;
  std::uint64_t forget = 0;

  [[nodiscard]] std::uint64_t all() const { return good + bad + forget; }
  /// Of all verdicts; 0 without one.
  [[nodiscard]] double false_alarm_share() const;
  /// What to do about a rule that is mostly wrong; empty: nothing is to be done, or there are too few to say so.
  [[nodiscard]] std::string hint() const;
};

/// {"rule", "good", "bad", "forget", "false_alarm_share", "hint" (where there is one)}
[[nodiscard]] std::string verdict_counts_json(const VerdictCounts& counts);
/// {"verdict", "by", "time"}
[[nodiscard]] std::string verdict_json(const VerdictRecord& record);

}  // namespace trackalert::alert
