// SPDX-License-Identifier: Apache-2.0
// The composition root: builds everything from a configuration, runs it, reloads it, stops it.
//
// Order. Built before a fork, no thread yet: the configuration's generation, the HTTP and control sockets (bound, so
// that a conflict is an exit status), the workers. Started after it: history, workers, webhooks, scheduler, HTTP,
// console. Stopped in the order in which work flows: HTTP takes no more and answers what it has, the intake writes what
// it has, workers run what is queued, then webhooks and alerts go out; each within what is left of one time limit. The
// history is closed last, when nobody is left to ask it; a reload does not touch it.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "alert/watch.h"
#include "api/backend.h"
#include "api/slow_auth.h"
#include "app/certificate_watch.h"
#include "app/channels.h"
#include "app/generation.h"
#include "app/judging.h"
#include "app/options.h"
#include "app/signals.h"
#include "app/stats_log.h"
#include "app/ticker.h"
#include "console/server.h"
#include "history/history.h"
#include "net/http_server.h"
#include "policy/alert_function_pool.h"
#include "schedule/scheduler.h"

namespace trackalert::app {

/// Runs the daemon, or checks its configuration; returns the exit status.
int run_daemon(const Options& options, base::Log& log);

class Daemon final : policy::Control, console::CommandExecutor {
 public:
  Daemon(const Options& options, base::Log& log);
  ~Daemon() override;

  /// Reads and checks the configuration; binds nothing.
  base::Result<void> configure();
  /// Opens the sockets.
  base::Result<void> open();
  /// Starts the threads and says that it is ready.
  base::Result<void> start();
  /// Waits for the end; serves the console on standard input if `with_console`. Returns the exit status.
  int run(bool with_console);

 private:
  void shut_down(int exit_status) override;
  std::optional<std::string> execute(std::string_view command) override;

  Generation::Surroundings surroundings();
  /// What follows the configuration while the daemon runs, but for the schedule.
  void put_in_force(const policy::Settings& settings, api::Access access);
  void publish(const std::shared_ptr<Generation>& generation);
  [[nodiscard]] std::size_t connections_for(const policy::Settings& settings) const;
  void log_access(const policy::Settings& settings);
  base::Result<void> open_history();
  base::Result<void> open_watch(const MemoryShares& shares);  // daemon_alerts.cc
  base::Result<void> open_channels();
  ChannelGround channel_ground();
  HookGround kept_in();
  base::Result<void> open_feedback();
  /// Takes a console command's changes into effect; returns what to tell the operator.
  base::Result<std::string> apply(const policy::Settings& before, const policy::Settings& after);
  base::Result<void> schedule_jobs(const policy::Settings& settings);
  void reload();
  void tick();
  void serve_standard_input();
  /// What was left undone, empty if nothing; sets `stuck` if a thread could not be ended.
  std::vector<std::string> stop(bool& stuck);
  void register_metrics();  // daemon_metrics.cc
  void register_history_metrics();

  const Options options_;
  base::Log& log_;
  base::SystemClock clock_;
  Signals signals_;
  policy::Statistics statistics_;
  schedule::LocalZone zone_;
  std::string config_name_;
  std::atomic<int> exit_status_{0};
  std::atomic<bool> stop_requested_{false};  ///< by shutdown()

  std::unique_ptr<history::History> history_;  ///< outlives all that may ask it
  std::optional<policy::RunningHistory> history_as_opened_;
  std::atomic<const policy::RunningHistory*> running_history_{nullptr};
  base::Published<Generation> generation_;
  base::Published<const geo::Databases> places_;                     ///< the generation's
  base::Guarded<std::vector<std::shared_ptr<Generation>>> retired_;  ///< replaced, perhaps with webhooks to deliver
  base::Guarded<std::optional<crypto::Key>> console_key_;
  base::Published<const api::Access> access_;
  std::atomic<api::Readiness> readiness_{api::Readiness::starting};
  policy::Settings settings_at_start_;

  std::shared_ptr<const device::DeviceParser> devices_;
  std::unique_ptr<policy::WorkerPool> workers_;
  std::unique_ptr<schedule::Scheduler> scheduler_;
  api::AuthLog auth_log_;
  api::GuessBrake guesses_;
  std::unique_ptr<api::Backend> backend_;
  std::unique_ptr<alert::Watch> watch_;      ///< outlives the intake, which calls it
  std::optional<alert::LinkSigner> signer_;  ///< outlives the channels
  std::unique_ptr<policy::AlertFunctionPool> alert_functions_;
  std::unique_ptr<channel::Courier> courier_;
  std::optional<api::FeedbackDoor> feedback_;
  std::unique_ptr<api::ReportIntake> intake_;
  std::unique_ptr<api::QueryThreads> queries_;
  std::unique_ptr<api::SlowAuth> slow_auth_;
  std::unique_ptr<net::HttpServer> http_;
  std::optional<CertificateWatch> certificates_;
  std::unique_ptr<console::ConsoleServer> console_;
  console::StopSignal stop_input_;
  std::thread input_;
  StatsLog stats_log_;
  unsigned ticks_ = 0;
  std::unique_ptr<Ticker> ticker_;
};

}  // namespace trackalert::app
