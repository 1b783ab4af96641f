// SPDX-License-Identifier: Apache-2.0
// The process's own figures, as the console, the log and /metrics show them. Outlives every configuration; any thread.
#pragma once

#include <chrono>

#include "base/clock.h"
#include "metrics/registry.h"
#include "metrics/windows.h"

namespace trackalert::policy {

class Statistics {
 public:
  explicit Statistics(const base::Clock& clock);

  metrics::Registry registry;
  metrics::PerfStats perf;
  metrics::Counter& reports;          ///< accepted
  metrics::Histogram& queue_seconds;  ///< wait for a worker
  metrics::Histogram& run_seconds;    ///< in Lua
  metrics::Counter& lua_errors;
  metrics::Counter& lua_timeouts;
  metrics::Counter& lua_out_of_memory;
  metrics::NamedCounts commands;  ///< of the REST API
  metrics::NamedCounts custom;    ///< declared by the configuration

  [[nodiscard]] std::chrono::seconds uptime() const;

 private:
  const base::Clock& clock_;
  const base::SteadyTime start_;
};

}  // namespace trackalert::policy
