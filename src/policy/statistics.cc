// SPDX-License-Identifier: Apache-2.0
#include "policy/statistics.h"

#include "policy/reserved_names.h"

namespace trackalert::policy {
namespace {
constexpr auto commands_help = "How many commands have been received?";
constexpr auto custom_help = "Count of custom stats (by type)";
}  // namespace

Statistics::Statistics(const base::Clock& clock)
    : perf(clock),
      commands(clock),
      custom(clock),
      reports(registry.counter("reports_total", "Reports accepted")),
      queue_seconds(registry.histogram("worker_queue_duration_seconds",
                                       "How many seconds do worker threads have to wait to run?")),
      run_seconds(
          registry.histogram("worker_response_duration_seconds", "How many seconds do worker threads take to run?")),
      lua_errors(registry.counter("lua_errors_total", "Lua functions that ended with an error")),
      lua_timeouts(registry.counter("lua_timeouts_total", "Lua functions stopped by the run-time limit")),
      lua_out_of_memory(registry.counter("lua_out_of_memory_total", "Lua functions stopped by the memory limit")),
      clock_(clock),
      start_(clock.steady()),
      report_commands_(registry.counter("commands_total", commands_help, {{"cmd", "report"}})) {
  for (const auto name : reserved_names) declare_command(name);
}

void Statistics::declare_command(std::string_view name) {
  commands.declare(name);
  registry.counter("commands_total", commands_help, {{"cmd", std::string(name)}});
}

void Statistics::count_command(std::string_view name) {
  if (commands.add(name)) registry.counter("commands_total", commands_help, {{"cmd", std::string(name)}}).add();
}

void Statistics::count_report_command() {
  commands.add("report");
  report_commands_.add();
}

void Statistics::declare_custom(std::string_view name) {
  custom.declare(name);
  registry.counter("custom_stats_total", custom_help, {{"metric", std::string(name)}});
}

void Statistics::count_custom(std::string_view name) {
  if (custom.add(name)) registry.counter("custom_stats_total", custom_help, {{"metric", std::string(name)}}).add();
}

std::chrono::seconds Statistics::uptime() const {
  return std::chrono::duration_cast<std::chrono::seconds>(clock_.steady() - start_);
}

}  // namespace trackalert::policy
