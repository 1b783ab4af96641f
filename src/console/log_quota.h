// SPDX-License-Identifier: Apache-2.0
// Keeps a hostile peer from filling the log.
#pragma once

#include "base/clock.h"
#include "base/guarded.h"

namespace trackalert::console {

/// Lets so many lines a minute pass. Any thread may call it.
class LogQuota {
 public:
  LogQuota(const base::Clock& clock, unsigned lines_per_minute) : clock_(clock), lines_per_minute_(lines_per_minute) {}

  /// Whether one more line may be written now.
  [[nodiscard]] bool take() {
    const auto now = clock_.steady();
    auto minute = minute_.lock();
    if (minute->lines == 0 || now - minute->began >= std::chrono::minutes{1}) *minute = {now, 0};
    if (minute->lines == lines_per_minute_) return false;
    ++minute->lines;
    return true;
  }

 private:
  struct Minute {
    base::SteadyTime began;
    unsigned lines = 0;
  };
  const base::Clock& clock_;
  const unsigned lines_per_minute_;
  base::Guarded<Minute> minute_;
};

}  // namespace trackalert::console
