// SPDX-License-Identifier: Apache-2.0
// How near a rule is to finding something: what it counts now, beside its threshold. For explanations.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

namespace trackalert::detect {

struct Standing {
  struct Count {
    std::string name;  ///< with its unit, as in the evidence of a finding: "guesses"
    double seen = 0;
    double threshold = 0;  ///< at least so many are needed
  };
  std::string rule;
  std::string key;  ///< of what: "login:joe", "remote:192.0.2.1", "net:192.0.2.0/24"
  std::vector<Count> counts;

  /// Of what the rule needs: 1 where every count is reached. The count that lacks most says it.
  [[nodiscard]] double share() const {
    double least = 1;
    for (const auto& count : counts) {
      if (count.threshold > 0) least = std::min(least, count.seen / count.threshold);
    }
    return least;
  }
};
using Standings = std::vector<Standing>;

}  // namespace trackalert::detect
