// SPDX-License-Identifier: Apache-2.0
#include "alert/line_limiter.h"

#include <chrono>
#include <utility>

namespace trackalert::alert {

bool LineLimiter::admit() {
  auto state = state_.lock();
  if (const auto now = this_second(); state->second != now) {
    state->second = now;
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
  if (!even_now && state->second == this_second()) return 0;
  return std::exchange(state->left_out, 0);
}

std::int64_t LineLimiter::this_second() const {
  return std::chrono::floor<std::chrono::seconds>(clock_.steady().time_since_epoch()).count();
}

}  // namespace trackalert::alert
