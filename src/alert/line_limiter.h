// SPDX-License-Identifier: Apache-2.0
// Keeps a storm of equal troubles from becoming a storm of log lines: so many a second, then silence, then one line
// that says how many were left out. Any thread may call any method.
#pragma once

#include <cstdint>

#include "base/clock.h"
#include "base/guarded.h"

namespace trackalert::alert {

class LineLimiter {
 public:
  LineLimiter(const base::Clock& clock, unsigned lines_per_second) : clock_(clock), limit_(lines_per_second) {}

  /// Whether one more line may be written; if not it is counted.
  [[nodiscard]] bool admit();
  /// How many were left out in a second that is over, once; `even_now`: in the present one too.
  [[nodiscard]] std::uint64_t take_left_out(bool even_now = false);

 private:
  struct State {
    std::int64_t second = 0;
    unsigned written = 0;
    std::uint64_t left_out = 0;
  };
  [[nodiscard]] std::int64_t this_second() const;

  const base::Clock& clock_;
  const unsigned limit_;
  base::Guarded<State> state_;
};

}  // namespace trackalert::alert
