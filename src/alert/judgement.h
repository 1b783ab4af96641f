// SPDX-License-Identifier: Apache-2.0
// What a report was judged to be, for the policy. Plain values.
#pragma once

#include "detect/finding.h"
#include "detect/risk.h"

namespace trackalert::alert {

struct Judgement {
  detect::Findings findings;  ///< none that the allow list takes
  detect::Risk risk;

  /// About what it takes beside itself.
  [[nodiscard]] std::size_t memory_bytes() const;
};

}  // namespace trackalert::alert
