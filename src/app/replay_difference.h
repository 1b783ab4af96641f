// SPDX-License-Identifier: Apache-2.0
// What one policy finds in the same reports and another does not. Alerts are the same if rule and key are, and their
// times overlap; each has one counterpart at most, the earliest that is left. Pure.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "alert/alert.h"

namespace trackalert::app {

/// What is compared of an alert, and little more, since there may be many.
struct FoundAlert {
  std::string rule;
  std::string key;  ///< a long one: its begin, and a hash of it
  detect::Severity severity = detect::Severity::medium;
  history::Time first_seen = 0;
  history::Time last_seen = 0;
  std::vector<std::string> taken;  ///< sorted, the first of them
  std::uint64_t taken_total = 0;
  std::uint64_t taken_hash = 0;  ///< of all
  std::string message;           ///< the begin of it
  std::uint64_t at = 0;          ///< its JSON in a file of all, and how long that is
  std::uint64_t bytes = 0;
};
[[nodiscard]] FoundAlert found_alert(const alert::Alert& alert);

struct ReplayDifference {
  struct Changed {
    const FoundAlert* a = nullptr;
    const FoundAlert* b = nullptr;
    bool severity = false;
    bool taken = false;
  };
  struct Rule {
    std::uint64_t a = 0;
    std::uint64_t b = 0;
    std::uint64_t both = 0;
    std::uint64_t changed = 0;  ///< of both
  };
  std::map<std::string, Rule> rules;
  // By first_seen, rule, key.
  std::vector<const FoundAlert*> only_a;
  std::vector<const FoundAlert*> only_b;
  std::vector<Changed> changed;

  [[nodiscard]] bool none() const { return only_a.empty() && only_b.empty() && changed.empty(); }
};

/// The answer points into both.
[[nodiscard]] ReplayDifference difference(const std::vector<FoundAlert>& a, const std::vector<FoundAlert>& b);

/// A table of rules, then a line for each alert that differs.
[[nodiscard]] std::string difference_text(const ReplayDifference& difference, std::string_view a, std::string_view b);

}  // namespace trackalert::app
