// SPDX-License-Identifier: Apache-2.0
// What the functions of one Lua state can reach. Used only under the state's lock.
#pragma once

#include <atomic>
#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/log.h"
#include "policy/settings.h"
#include "policy/statistics.h"

namespace trackalert::alert {
class Watch;
class Webhooks;
}  // namespace trackalert::alert
namespace trackalert::geo {
class Databases;
}
namespace trackalert::history {
class History;
}

namespace trackalert::policy {

/// Who can end the process.
class Control {
 public:
  virtual ~Control() = default;
  /// Begins a graceful stop and returns; any thread.
  virtual void shut_down(int exit_status) = 0;
};

/// For a configuration that is only read: it may call shutdown(), but nothing runs here that could stop.
class NoControl final : public Control {
 public:
  void shut_down(int /*exit_status*/) override {}
};

/// Who is told of what a Lua function did wrong, in place of the log.
class LuaTroubles {
 public:
  virtual ~LuaTroubles() = default;
  /// `what` is the kind of function ("background function"), `name` the operator's name for it; any thread.
  virtual void failed(std::string_view what, std::string_view name, std::string_view message) = 0;
};

/// The history that is open, and how it was opened: settings may have changed since, for the next start.
struct RunningHistory {
  history::History& history;
  history::Options options;
  alert::Watch* watch = nullptr;  ///< null: nobody judges what comes in
};

/// What functions act upon. The objects are safe to use from any thread and outlive the states.
struct Services {
  base::Log& log;
  const base::Clock& clock;
  Statistics& statistics;
  Control& control;
  geo::Databases& geo;
  alert::Webhooks& webhooks;
  /// Null while there is none: setHistoryDir() was not called before the start, or it is not open yet.
  const std::atomic<const RunningHistory*>& history;
  LuaTroubles* troubles = nullptr;  ///< null: the log
};

enum class StateKind { global, worker, client };

struct StateContext {
  StateKind kind;
  Services& services;
  /// What configuration functions write: the global and the client state's alone.
  Settings* settings = nullptr;
  /// What show...() write for the console: the global state's alone.
  std::string* output = nullptr;
  bool loading = true;  ///< the configuration itself is running
  /// Of one question to the history: below the run-time limit, which cannot interrupt it.
  std::chrono::milliseconds query_time{2000};
  bool repeats_command = false;  ///< a console command has run in another worker state before

  // Registry references of the functions that the script registered.
  int report = -2;  ///< LUA_NOREF
  std::map<std::string, int, std::less<>> background;
  std::map<std::string, int, std::less<>> custom;
  std::map<std::string, int, std::less<>> alert_functions;
};

}  // namespace trackalert::policy
