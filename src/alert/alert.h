// SPDX-License-Identifier: Apache-2.0
// What a person handles: findings of one cause about one key, made one thing. And its one form in JSON, which webhooks,
// REST, console and replay share. Plain values.
#pragma once

#include <boost/unordered/unordered_flat_set.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "detect/finding.h"

namespace trackalert::alert {

/// Names, the first max_shown of them kept; how many different ones there were is exact up to max_counted.
class NameList {
 public:
  static constexpr std::size_t max_shown = 1000;
  static constexpr std::size_t max_counted = 20'000;

  void add(const std::string& name);
  /// There are at least so many, whether or not they have been named.
  void at_least(std::uint64_t total) { least_ = std::max(least_, total); }
  /// What shown() and total() said once, after a restart. Which names were counted beyond those is lost: the total
  /// grows again when at_least() says so, or when more than it have been named anew.
  void restore(const std::vector<std::string>& names, std::uint64_t total);
  /// It is shown no more; the total stays. Whether it was shown.
  bool forget(const std::string& name);

  [[nodiscard]] const std::vector<std::string>& shown() const { return shown_; }
  [[nodiscard]] std::uint64_t total() const { return std::max<std::uint64_t>(seen_.size(), least_); }
  /// About what it takes.
  [[nodiscard]] std::size_t memory_bytes() const;

 private:
  std::vector<std::string> shown_;
  boost::unordered_flat_set<std::uint64_t> seen_;
  std::uint64_t least_ = 0;
  std::size_t shown_bytes_ = 0;  ///< of the names themselves
};

/// One of the words in JSON. A rule that only looks on comes first, then closed, then acknowledged.
enum class State : std::uint8_t { open, acknowledged, closed, shadow };
[[nodiscard]] std::string_view state_name(State state);
[[nodiscard]] std::optional<State> state_by_name(std::string_view name);

struct Alert {
  std::string id;  ///< 16 hex digits, of the first rule, the key and first_seen: the same in every run
  std::string rule;
  std::vector<std::string> rules;  ///< all that saw it, in the order in which they did
  detect::Severity severity = detect::Severity::medium;
  std::string key;
  std::string cause;
  std::string attack;
  std::string message;
  bool shadow = false;        ///< of a rule that only looks on: nobody is told
  bool closed = false;        ///< quiet for quiet_for
  bool acknowledged = false;  ///< a person has it in hand
  history::Time first_seen = 0;
  history::Time last_seen = 0;
  std::uint64_t count = 0;  ///< findings
  NameList sources;
  NameList logins;
  NameList taken;
  std::vector<detect::Evidence> evidence;  ///< the newest of each name
  std::string because_of;                  ///< id of the alert it follows from
  std::string feedback;                    ///< a person's verdict; empty: none, null in JSON
  std::string handled_by;                  ///< who acknowledged or closed it last; empty: nobody, not in JSON

  [[nodiscard]] State state() const;
  /// About what it takes.
  [[nodiscard]] std::size_t memory_bytes() const;
};

/// {"id", "rule", "severity", "key", "state", "first_seen", "last_seen", "count", "message", "sources": [...],
/// "sources_total", "logins": [...], "logins_total", "taken": [...], "evidence": {...}, "attack", "feedback",
/// "handled_by" (where somebody did)}, one line without its end. Times are seconds since 1970; state is open,
/// acknowledged, closed or shadow; evidence has "rules", "because_of" if there is such, and for each thing seen
/// {"seen", "usual", "threshold", "over"}, the last one being seen / threshold.
[[nodiscard]] std::string alert_json(const Alert& alert);

}  // namespace trackalert::alert
