// SPDX-License-Identifier: Apache-2.0
// Keeps a storm of equal troubles from becoming a storm of log lines: so many a period, then silence, then one line
// that says how many were left out. Any thread may call any method.
#pragma once

#include <chrono>
#include <cstdint>

#include "base/clock.h"
#include "base/guarded.h"

namespace trackalert::base {

class LineLimiter {
 public:
  LineLimiter(const Clock& clock, unsigned lines, std::chrono::seconds period = std::chrono::seconds(1))
      : clock_(clock), limit_(lines), period_(period) {}

  /// Whether one more line may be written; if not it is counted.
  [[nodiscard]] bool admit();
  /// How many were left out in a period that is over, once; `even_now`: in the present one too.
  [[nodiscard]] std::uint64_t take_left_out(bool even_now = false);

 private:
  struct State {
    std::int64_t period = 0;
    unsigned written = 0;
    std::uint64_t left_out = 0;
  };
  [[nodiscard]] std::int64_t this_period() const;

  const Clock& clock_;
  const unsigned limit_;
  const std::chrono::seconds period_;
  Guarded<State> state_;
};

}  // namespace trackalert::base
