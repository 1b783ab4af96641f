// SPDX-License-Identifier: Apache-2.0
#include "base/line_limiter.h"

#include <chrono>
#include <utility>

namespace trackalert::base {

bool LineLimiter::admit() {
  auto state = state_.lock();
  if (const auto now = this_period(); state->period != now) {
    state->period = now;
    state->written = 0;
  }
  if (state->written < limit_) {
    ++state->written;
    return true;
  }
  ++state->left_out;
  return false;
}

std::uint64_t LineLimiter::take_left_out(bool even_now) {
  auto state = state_.lock();
  if (!even_now && state->period == this_period()) return 0;
  return std::exchange(state->left_out, 0);
}

std::int64_t LineLimiter::this_period() const {
  return clock_.steady().time_since_epoch() / period_;
}

}  // namespace trackalert::base
