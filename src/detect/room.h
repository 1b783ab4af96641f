// SPDX-License-Identifier: Apache-2.0
// What the judges of one engine share while they look at one report or sweep, and how they write down what they find.
#pragma once

#include "detect/finding.h"
#include "detect/lookup.h"
#include "detect/message.h"
#include "detect/ruleset.h"
#include "detect/sighting.h"
#include "detect/standing.h"

namespace trackalert::detect {

/// Of one rule; since the engine began.
struct RuleCount {
  std::uint64_t evaluated = 0;
  std::uint64_t found = 0;
};

struct Room {
  const Ruleset& rules;
  Tables& tables;
  Lookup& lookup;
  const Hasher& hasher;
  std::vector<RuleCount>& counts;
  Findings& out;

  /// `index` is the rule's. Fills its text from `names` and appends it.
  void found(std::size_t index, Finding finding, Names names);
};

using NameList = std::vector<std::pair<std::string_view, std::string>>;

/// What every message about a report may name: login, remote, country, city, network, device, protocol.
[[nodiscard]] NameList names_of(const Sighting& sighting);
/// A finding about the report's login, by its remote.
[[nodiscard]] Finding finding_of(const RulePtr& rule, const Sighting& sighting);
/// News of the alert under `key`, which goes on: what the report adds to it, without a message.
[[nodiscard]] Finding news_of(const RulePtr& rule, const Sighting& sighting, std::string key);
/// "remote:192.0.2.1" or "net:192.0.2.0/24"
[[nodiscard]] std::string source_key(const base::Prefix& source);
[[nodiscard]] std::string source_text(const base::Prefix& source);
[[nodiscard]] history::Time to_time(Seconds seconds);

}  // namespace trackalert::detect
