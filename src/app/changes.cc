// SPDX-License-Identifier: Apache-2.0
#include "app/changes.h"

namespace trackalert::app {

std::vector<std::string> changes_for_next_start(const policy::Settings& before, const policy::Settings& after) {
  std::vector<std::string> names;
  const auto compare = [&](const char* function, const auto& old_value, const auto& new_value) {
    if (!(old_value == new_value)) names.emplace_back(function);
  };
  compare("addListener", before.listeners, after.listeners);
  compare("controlSocket", before.control_sockets, after.control_sockets);
  compare("setNumWorkerThreads", before.worker_threads, after.worker_threads);
  compare("setMaxBodyBytes", before.max_body_bytes, after.max_body_bytes);
  compare("setNumReportThreads", before.report_threads, after.report_threads);
  compare("setNumSchedulerThreads", before.scheduler_threads, after.scheduler_threads);
  compare("setNumLuaStates", before.lua_states, after.lua_states);
  return names;
}

}  // namespace trackalert::app
