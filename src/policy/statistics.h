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
  metrics::NamedWindows commands;
  metrics::NamedWindows custom;

  metrics::Counter& reports;          ///< accepted
  metrics::Histogram& queue_seconds;  ///< wait for a worker
  metrics::Histogram& run_seconds;    ///< in Lua
  metrics::Counter& lua_errors;
  metrics::Counter& lua_timeouts;
  metrics::Counter& lua_out_of_memory;

  /// Counts a command in its window and its metric.
  void count_command(std::string_view name);
  /// The same for "report", which is on the hot path.
  void count_report_command();
  /// Makes a command known, with 0.
  void declare_command(std::string_view name);
  void declare_custom(std::string_view name);
  void count_custom(std::string_view name);

  [[nodiscard]] std::chrono::seconds uptime() const;

 private:
  const base::Clock& clock_;
  const base::SteadyTime start_;
  metrics::Counter& report_commands_;
};

}  // namespace trackalert::policy
