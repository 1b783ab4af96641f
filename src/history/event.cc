// SPDX-License-Identifier: Apache-2.0
#include "history/event.h"

#include <cmath>

namespace trackalert::history {

Time time_of(const login::Report& report, Time now, bool& moved) {
  const double us = report.t * static_cast<double>(second);
  moved = !(us >= 0) || us > static_cast<double>(now + max_ahead);
  return moved ? now : static_cast<Time>(std::llround(us));
}

}  // namespace trackalert::history
