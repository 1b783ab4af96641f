// SPDX-License-Identifier: Apache-2.0
#include "policy/statistics.h"

#include "policy/reserved_names.h"

namespace trackalert::policy {

Statistics::Statistics(const base::Clock& clock)
    : perf(clock),
      reports(registry.counter("reports_total", "Reports accepted")),
      queue_seconds(registry.histogram("worker_queue_duration_seconds",
                                       "How many seconds do worker threads have to wait to run?")),
      run_seconds(
          registry.histogram("worker_response_duration_seconds", "How many seconds do worker threads take to run?")),
      lua_errors(registry.counter("lua_errors_total", "Lua functions that ended with an error")),
      lua_timeouts(registry.counter("lua_timeouts_total", "Lua functions stopped by the run-time limit")),
      lua_out_of_memory(registry.counter("lua_out_of_memory_total", "Lua functions stopped by the memory limit")),
      commands(clock, registry, {"commands_total", "How many commands have been received?", "cmd"}),
      custom(clock, registry, {"custom_stats_total", "Count of custom stats (by type)", "metric"}),
      clock_(clock),
      start_(clock.steady()) {
  for (const auto name : reserved_names) commands.declare(name);
}

std::chrono::seconds Statistics::uptime() const {
  return std::chrono::duration_cast<std::chrono::seconds>(clock_.steady() - start_);
}

}  // namespace trackalert::policy
