// SPDX-License-Identifier: Apache-2.0
// One rule's judgement, with its evidence. Plain values; whoever holds one owns it.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "detect/rule.h"
#include "history/event.h"

namespace trackalert::detect {

/// One thing that was seen, beside what is usual and the rule's threshold, as far as there are such.
struct Evidence {
  std::string name;  ///< with its unit: "speed_kmh"
  std::variant<double, std::string> seen;
  std::string usual;
  std::optional<double> threshold;
};

struct Finding {
  std::shared_ptr<const Rule> rule;
  Severity severity = Severity::medium;
  history::Time time = 0;   ///< of the report, or of the sweep
  history::Time since = 0;  ///< when it began, as far as is known; not after `time`
  std::string key;          ///< "login:joe", "remote:192.0.2.1", "net:192.0.2.0/24", "campaign:...", "all"
  std::string message;
  std::vector<std::string> sources;  ///< addresses, at most max_names
  std::vector<std::string> logins;   ///< that were tried, at most max_names
  std::vector<std::string> taken;    ///< that it got into
  /// At least as many; more than the lists hold where the lists are cut.
  std::uint64_t sources_total = 0;
  std::uint64_t logins_total = 0;
  std::vector<Evidence> evidence;
  std::string because_of;          ///< the key of the alert that this one follows from
  bool goes_on = false;            ///< news of what was found before: no alert of its own if that one is closed
  history::Sequence sequence = 0;  ///< of the report; 0 from a sweep

  static constexpr std::size_t max_names = 200;
};
using Findings = std::vector<Finding>;

/// What the key of an alert about a login begins with.
inline constexpr std::string_view login_key_prefix = "login:";
[[nodiscard]] inline std::string login_key(std::string_view login) {
  return std::string(login_key_prefix) + std::string(login);
}

}  // namespace trackalert::detect
