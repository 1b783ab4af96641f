// SPDX-License-Identifier: Apache-2.0
// An ordered list of regular expressions of which the first that matches wins, as uap-core wants it.
//
// Fill it with add(), then compile() once; after that it does not change and any thread may call first_match().
//
// Trying a list one by one costs 217 us for a browser's string, so a filter decides what is tried. What was measured,
// with the 1162 patterns of Debian's regexes.yaml (CPU time of 2 GHz; a usual browser's string; all of the start, of
// which reading the YAML takes 0.02 s and RE2 0.2 s):
//   vectorscan over the patterns themselves                  14 us a look-up, 3.4 s to start: too slow
//   re2::FilteredRE2, its literals found by vectorscan       11 us a look-up, 0.6 s to start
//   re2::FilteredRE2, its literals found by LiteralSet       11 us a look-up, 0.3 s to start: taken
// FilteredRE2 derives from every pattern which literals a text must contain for it to match, and always tries those
// that need none: there is no pattern that the filter refuses, and a look-up needs no scratch space to pool.
// Compiling patterns only when first tried would save at most the 0.2 s, for a lock in every look-up.
#pragma once

#include <re2/filtered_re2.h>

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "device/literal_set.h"

namespace trackalert::device {

class PatternList {
 public:
  /// $1 to $9 can be asked for, group 0 is the whole match.
  static constexpr int max_groups = 9;

  struct Match {
    std::size_t index;  ///< of the pattern, counting the successful calls of add()
    int group_count;    ///< capturing groups that the pattern has, at most max_groups
    /// Views of the text that was searched; empty where the group took no part.
    std::array<std::string_view, max_groups + 1> groups;
  };

  PatternList();

  /// Appends a pattern in Perl syntax, searched unanchored over bytes. The error is RE2's reason; the list is unchanged
  /// then.
  [[nodiscard]] base::Result<void> add(const std::string& pattern, bool ignore_case);
  /// After the last add(), before the first first_match().
  [[nodiscard]] base::Result<void> compile();

  /// No more than linear in the text's length times the size of all patterns, whatever the text. Bytes that RE2 keeps
  /// from one call to the next are bounded.
  [[nodiscard]] std::optional<Match> first_match(std::string_view text) const;

  [[nodiscard]] std::size_t size() const { return size_; }

 private:
  std::size_t size_ = 0;
  re2::FilteredRE2 patterns_;
  LiteralSet atoms_;
};

}  // namespace trackalert::device
