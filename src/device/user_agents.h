// SPDX-License-Identifier: Apache-2.0
// What a browser's User-Agent string says, by the rules of uap-core's regexes.yaml (Debian: package uap-core).
// Immutable once loaded; any thread may call parse(). Owned by DeviceParser.
//
// The rules are wforce's reading of the file, with one exception: a version replacement ("os_v1_replacement: '$1'") is
// taken literally by wforce, so that it answers "$1" as the version. uap-core means group 1, and its test cases say so;
// we substitute. Perl's "." does not match a newline here, and "$" only matches at the very end.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/log.h"
#include "base/result.h"
#include "device/pattern_list.h"

namespace trackalert::device {

/// Family "Other" and the rest empty where no rule matched.
struct UserAgent {
  struct Versioned {
    std::string family = "Other";
    std::string major;
    std::string minor;
  };
  struct Hardware {
    std::string family = "Other";
    std::string brand;
    std::string model;
  };
  Versioned browser;
  Versioned os;
  Hardware device;
};

class UserAgents {
 public:
  /// Reads at most max_file_bytes. Fails when the file cannot be read, is not YAML or not of uap-core's shape; the
  /// message has the file and the line, or the list and the index. A regular expression that RE2 does not know (a newer
  /// file) is left out with a warning in the log; unknown keys are ignored.
  [[nodiscard]] static base::Result<UserAgents> load(const std::string& file, base::Log& log);
  static constexpr std::size_t max_file_bytes = std::size_t{4} << 20;

  /// Only the first max_text_bytes count: browsers send a few hundred, and what is made to be slow takes 1 ms a KiB.
  [[nodiscard]] UserAgent parse(std::string_view text) const;
  static constexpr std::size_t max_text_bytes = 2048;

  /// Rules in use, of all three lists.
  [[nodiscard]] std::size_t size() const;

 private:
  /// What to answer, in the order of UserAgent's members. "$1" stands for group 1. Empty: the rule has none.
  struct Replacements {
    std::string first;
    std::string second;
    std::string third;
  };
  struct Rules {
    PatternList patterns;
    std::vector<Replacements> replacements;  ///< one per pattern
  };
  class Loader;

  [[nodiscard]] static UserAgent::Versioned versioned(const Rules& rules, std::string_view text);
  [[nodiscard]] static UserAgent::Hardware hardware(const Rules& rules, std::string_view text);

  Rules browsers_;
  Rules systems_;
  Rules devices_;
};

}  // namespace trackalert::device
