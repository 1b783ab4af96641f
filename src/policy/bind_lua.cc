// SPDX-License-Identifier: Apache-2.0
// The script's own functions, the threads they run on, and their limits.
#include <algorithm>
#include <lua.hpp>

#include "policy/bindings.h"
#include "policy/reserved_names.h"
#include "policy/state_context.h"

namespace trackalert::policy {
namespace {

constexpr long most_threads = 1024;

int set_report(Call& call) {
  auto& context = call.context();
  luaL_unref(call.lua(), LUA_REGISTRYINDEX, context.report);
  context.report = call.function(1);
  return 0;
}

int set_background(Call& call) {
  // The first registration of a name wins, as scripts that run twice expect.
  auto& background = call.context().background;
  if (!background.contains(call.text(1))) background.emplace(call.text(1), call.function(2));
  return 0;
}

int set_custom_endpoint(Call& call) {
  auto& context = call.context();
  const auto name = call.text(1);
  if (is_reserved_name(name)) {
    if (context.kind == StateKind::global) {
      context.services.log.warning("setCustomEndpoint(): [{}] is a built-in command and stays one", name);
    }
    return 0;
  }
  if (context.kind == StateKind::worker) {
    if (!context.custom.contains(name)) context.custom.emplace(name, call.function(2));
    return 0;
  }
  auto& names = context.settings->custom_endpoints;
  if (std::find(names.begin(), names.end(), name) != names.end()) return 0;
  names.push_back(name);
  context.services.statistics.commands.declare(name);
  context.services.log.notice("Registering custom endpoint [{}]", base::escape_control(name));
  return 0;
}

int set_alert_function(Call& call) {
  auto& functions = call.context().alert_functions;
  if (const auto old = functions.find(call.text(1)); old != functions.end()) {
    luaL_unref(call.lua(), LUA_REGISTRYINDEX, old->second);
  }
  functions[call.text(1)] = call.function(2);
  return 0;
}

int set_num_report_threads(Call& call) {
  call.context().settings->report_threads = static_cast<unsigned>(call.integer(1, 1, most_threads));
  return 0;
}

int set_num_scheduler_threads(Call& call) {
  call.context().settings->scheduler_threads = static_cast<unsigned>(call.integer(1, 1, 256));
  return 0;
}

int set_num_lua_states(Call& call) {
  call.context().settings->lua_states = static_cast<unsigned>(call.integer(1, 1, 2 * most_threads));
  return 0;
}

int set_lua_timeout_secs(Call& call) {
  call.context().settings->lua_timeout = std::chrono::seconds(call.integer(1, 0, 86'400));
  return 0;
}

int set_lua_memory_limit_mb(Call& call) {
  call.context().settings->lua_memory_mb = static_cast<std::size_t>(call.integer(1, 0, 1L << 20));
  return 0;
}

int set_shutdown_timeout_secs(Call& call) {
  call.context().settings->shutdown_timeout = std::chrono::seconds(call.integer(1, 0, 86'400));
  return 0;
}

}  // namespace

std::span<const FunctionRow> lua_functions() {
  static const std::vector<FunctionRow> rows{
      {"setReport",
       Acts::in_workers,
       {{"function", Type::function}},
       "",
       "The function that sees every report, as a LoginTuple; the last one set counts.",
       &set_report},
      {"setBackground",
       Acts::in_workers,
       {{"name", Type::text}, {"function", Type::function}},
       "",
       "Names a function that cronScheduleBackgroundFunc or intervalScheduleBackgroundFunc runs; the first of a name "
       "counts.",
       &set_background},
      {"setCustomEndpoint",
       Acts::everywhere,
       {{"name", Type::text}, {"function", Type::function}},
       "",
       "Answers POST /command/NAME by function(CustomFuncArgs), which returns a boolean and a table; the first of a "
       "name counts.",
       &set_custom_endpoint},
      {"setAlertFunction",
       Acts::in_workers,
       {{"name", Type::text}, {"function", Type::function}},
       "",
       "Names a function(alert) that a channel asks: for a text, as a webhook's template does, or a table. The alert "
       "is "
       "that of REST; the last of a name counts.",
       &set_alert_function},
      {"setNumReportThreads",
       Acts::in_global,
       {{"threads", Type::integer}},
       "",
       "Threads that run report and custom functions, each with a Lua state of its own, default 6.",
       &set_num_report_threads},
      {"setNumSchedulerThreads",
       Acts::in_global,
       {{"threads", Type::integer}},
       "",
       "Threads that run background functions, each with a Lua state of its own, default 4.",
       &set_num_scheduler_threads},
      {"setNumLuaStates",
       Acts::in_global,
       {{"states", Type::integer}},
       "",
       "The least number of Lua states: report threads are added until there are as many.",
       &set_num_lua_states},
      {"setLuaTimeoutSecs",
       Acts::in_global,
       {{"seconds", Type::integer}},
       "",
       "Run-time limit of one call of a report, background or custom function, default 10; 0 is none, and turns "
       "LuaJIT's compiler on, which the limit cannot stop.",
       &set_lua_timeout_secs},
      {"setLuaMemoryLimitMB",
       Acts::in_global,
       {{"megabytes", Type::integer}},
       "",
       "Memory limit of each Lua state, default 256; 0 is none.",
       &set_lua_memory_limit_mb},
      {"setShutdownTimeoutSecs",
       Acts::in_global,
       {{"seconds", Type::integer}},
       "",
       "How long a stop waits for requests, reports and webhooks, default 10.",
       &set_shutdown_timeout_secs},
  };
  return rows;
}

}  // namespace trackalert::policy
