// SPDX-License-Identifier: Apache-2.0
// One loaded configuration: what it says (Settings), the global Lua state where it ran first and where console commands
// run, and a Lua state for each report and scheduler thread. A reload makes a second Policy and swaps.
//
// Threads: every state has its own lock; run_...() of different workers go side by side, a console command waits for
// each state in turn. Logs what a Lua function does wrong, and counts it.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "alert/judgement.h"
#include "base/guarded.h"
#include "geo/place.h"
#include "login/parse.h"
#include "login/report.h"
#include "policy/lua_state.h"
#include "policy/settings.h"
#include "policy/state_context.h"

namespace trackalert::policy {

/// What a custom function answered.
struct CustomResult {
  enum class End { ok, error, timed_out };
  End end = End::error;
  bool success = false;       ///< its first result
  login::Attributes r_attrs;  ///< its second, sorted by name
  std::string reason;         ///< for anything but ok
};

class Policy {
 public:
  struct Source {
    std::string name;  ///< of the file, for messages
    std::string text;
  };

  struct Workers {
    unsigned report;
    unsigned scheduler;
  };

  /// Runs the configuration in the global state and in every worker state: as many as `workers`, or as it says itself.
  /// The error's text is the line to log: it starts with "Fatal Lua error: " or "Fatal error: " and ends with the
  /// file's name.
  static base::Result<std::unique_ptr<Policy>> load(const Source& source, Services services,
                                                    std::optional<Workers> workers = {});
  /// Runs it in a client's state, for its key and control address only.
  static base::Result<Settings> load_for_client(const Source& source, Services services);

  ~Policy();

  [[nodiscard]] Settings settings() const;
  [[nodiscard]] Workers workers() const { return workers_wanted_; }

  // `worker` counts report workers first, then scheduler workers.
  void run_report(unsigned worker, std::unique_ptr<login::Report> report,
                  std::unique_ptr<const alert::Judgement> judgement = nullptr);
  /// The same with the place that was known when it happened.
  void run_report(unsigned worker, std::unique_ptr<login::Report> report,
                  std::unique_ptr<const alert::Judgement> judgement, geo::Place place);
  /// Whether setReport() was called.
  [[nodiscard]] bool has_report_function() const;
  CustomResult run_custom(unsigned worker, const std::string& name, login::CustomArguments arguments);
  /// A function of setAlertFunction() with `json`, an object, as its table. Its answer is r_attrs, as
  /// channel/alert_functions.h has it.
  CustomResult run_alert_function(unsigned worker, const std::string& name, std::string_view json);
  /// True if it ran to its end; an unknown name does nothing.
  bool run_background(unsigned worker, const std::string& name);

  /// What a worker's state holds, the reports that its script keeps included.
  [[nodiscard]] std::size_t lua_memory(unsigned worker) const;

  /// What the console shows for `command`: it runs in every worker state, then in the global one. `apply` gets the
  /// settings before and after, takes the change into effect and returns what to tell the operator; on an error the
  /// settings stay.
  using Apply = std::function<base::Result<std::string>(const Settings& before, const Settings& after)>;
  std::string run_command(std::string_view command, const Apply& apply);

 private:
  struct State;
  Policy(Services services, Settings settings);
  base::Result<void> load_states(const Source& source, std::optional<Workers> workers);
  void warn_of_missing_functions() const;
  void count(const LuaOutcome& outcome) const;
  void complain(std::string_view what, std::string_view name, std::string_view message) const;
  void call_report(unsigned worker, const std::function<void(lua_State* lua)>& push);
  std::string run_in_global(std::string_view command, const Apply& apply);

  Services services_;
  base::Guarded<Settings> settings_;
  std::string output_;
  std::unique_ptr<State> global_;
  std::vector<std::unique_ptr<State>> workers_;
  Workers workers_wanted_{};
};

}  // namespace trackalert::policy
