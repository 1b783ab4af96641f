// SPDX-License-Identifier: Apache-2.0
// The lines of statistics in the log, every 300 seconds, first after 300.
#pragma once

#include "base/clock.h"
#include "base/log.h"
#include "policy/statistics.h"

namespace trackalert::app {

class StatsLog {
 public:
  StatsLog(const policy::Statistics& statistics, const base::Clock& clock, base::Log& log);
  /// Writes the lines if it is time; call it every second or so.
  void tick();

 private:
  const policy::Statistics& statistics_;
  const base::Clock& clock_;
  base::Log& log_;
  base::SteadyTime next_;
};

}  // namespace trackalert::app
