// SPDX-License-Identifier: Apache-2.0
// A configuration as a replay takes it: its clock is the reports', its Lua has one state for reports and one for
// background functions, however many threads it asks for, and what goes wrong in Lua is counted and the first of it
// shown. Without a file: all detections that come with the daemon, and no Lua.
//
// Log lines go to standard error: those of the policy's own log functions at most `most_lines` (all if verbose), then
// they are only counted. Threads: one; the log takes any.
#pragma once

#include <array>
#include <atomic>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "app/generation.h"
#include "base/clock.h"
#include "base/guarded.h"
#include "policy/settings.h"

namespace trackalert::app {

class ReplayPolicy final : policy::Control, policy::LuaTroubles {
 public:
  static constexpr std::uint64_t most_lines = 100;
  static constexpr unsigned report_worker = 0;
  static constexpr unsigned background_worker = 1;
  static constexpr unsigned alert_worker = 2;  ///< of setAlertFunction(), where channels deliver

  /// Reads the configuration, whose folder becomes the working directory.
  static base::Result<std::unique_ptr<ReplayPolicy>> load(const std::optional<std::string>& file, bool verbose);
  ~ReplayPolicy() override;

  [[nodiscard]] base::FakeClock& clock() { return clock_; }
  /// Of what is not the policy's: errors, and warnings.
  [[nodiscard]] base::Log& log() { return quiet_log_; }
  [[nodiscard]] policy::Statistics& statistics() { return statistics_; }
  /// Null without a file.
  [[nodiscard]] Generation* generation() { return generation_.get(); }
  [[nodiscard]] std::shared_ptr<Generation> share_generation() { return generation_; }
  [[nodiscard]] const policy::Settings& settings() const { return settings_; }
  /// What Lua asks from now on; null: nothing.
  void publish(const policy::RunningHistory* history) { history_ = history; }

  struct Failure {
    std::uint64_t count = 0;
    std::string first;
  };
  /// By "function [report]", "background function [NAME]" and so on.
  [[nodiscard]] std::map<std::string, Failure> failures() const { return *failures_.lock(); }
  /// What the policy logged since it was loaded, by level of syslog.
  struct Logged {
    std::array<std::uint64_t, 8> lines{};
    std::uint64_t not_shown = 0;
  };
  [[nodiscard]] Logged logged() const { return *logged_.lock(); }

 private:
  explicit ReplayPolicy(bool verbose);
  void shut_down(int exit_status) override;
  void failed(std::string_view what, std::string_view name, std::string_view message) override;
  void write(base::Level level, std::string_view line);

  const bool verbose_;
  bool loaded_ = false;
  base::FakeClock clock_;
  base::Guarded<Logged> logged_;
  mutable base::Guarded<std::map<std::string, Failure>> failures_;
  base::Log log_;
  base::Log quiet_log_;
  policy::Statistics statistics_;
  std::atomic<const policy::RunningHistory*> history_{nullptr};
  std::shared_ptr<Generation> generation_;
  policy::Settings settings_;
};

/// A line on standard error, in place of a progress bar that may stand there.
void write_above_progress(std::string_view line);

}  // namespace trackalert::app
