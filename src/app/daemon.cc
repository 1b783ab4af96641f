// SPDX-License-Identifier: Apache-2.0
#include "app/daemon.h"

#include <pthread.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

#include "api/history_routes.h"
#include "api/service.h"
#include "app/background.h"
#include "app/changes.h"
#include "app/config_file.h"
#include "app/console_words.h"
#include "app/device_file.h"
#include "app/jobs.h"
#include "app/judging.h"
#include "app/process_limits.h"
#include "app/scratch_folder.h"
#include "console/interactive.h"
#include "history/rocksdb/engine.h"
#include "net/tls_context.h"

namespace trackalert::app {
namespace {

constexpr std::chrono::milliseconds idle_threads_end_within{500};
/// Looks at the GeoIP files on disk.
constexpr unsigned geo_check_ticks = 15;

std::shared_ptr<policy::Policy> policy_of(const std::shared_ptr<Generation>& generation) {
  return {generation, &generation->policy()};  // keeps the whole generation alive
}

bool is_loopback(const base::Address& address) {
  return address.is_v4() ? address.bytes()[0] == 127 : address == *base::parse_address("::1");
}

/// Without a password nobody could authenticate, and the open health and metrics pages are for the machine itself.
base::Result<void> check_listeners(const policy::Settings& settings) {
  if (!settings.webserver_password.empty()) return {};
  for (const auto& listener : settings.listeners) {
    if (is_loopback(listener.address.address)) continue;
    return base::fail("addListener({}): a listener beyond loopback needs setWebserverPassword()",
                      listener.address.to_string());
  }
  return {};
}

/// Settings that the daemon may serve with, and what the HTTP side needs of them.
base::Result<api::Access> accept(const policy::Settings& settings) {
  if (auto checked = check_listeners(settings); !checked) return std::unexpected(checked.error());
  return api::Access::from(settings);
}

/// Certificates, keys and TLS options, which --check-config is to try too.
base::Result<void> check_certificates(const policy::Settings& settings) {
  for (const auto& listener : settings.listeners) {
    if (!listener.tls) continue;
    auto context = net::make_tls_context({listener.certificate_file, listener.key_file, listener.tls_options});
    if (!context) return base::fail("addListener({}): {}", listener.address.to_string(), context.error().message);
  }
  return {};
}

net::HttpServer::Options server_options(const policy::Settings& settings, std::size_t connections) {
  net::HttpServer::Options options;
  options.threads = settings.worker_threads;
  options.max_connections = connections;
  options.max_body_bytes = settings.max_body_bytes;
  for (const auto& listener : settings.listeners) {
    auto& entry = options.listeners.emplace_back(net::Listener{listener.address, std::nullopt});
    if (!listener.tls) continue;
    entry.tls = net::TlsOptions{listener.certificate_file, listener.key_file, listener.tls_options};
  }
  return options;
}

}  // namespace

int run_daemon(const Options& options, base::Log& log) {
  using Mode = Options::Mode;
  raise_descriptor_limit();
  Daemon daemon(options, log);
  const auto failed = [&log](const base::Result<void>& step) {
    if (!step) log.error("{}", step.error().message);
    return !step;
  };
  if (failed(daemon.configure())) return 1;
  if (options.mode == Mode::check_config) {
    log.info("The configuration is good");
    return 0;
  }
  if (failed(daemon.open())) return 1;
  if (options.silent) log.silence_stdout();
  if (options.mode == Mode::daemon) {
    auto background = Background::enter(log);
    log.silence_stdout();
    const auto started = daemon.start();
    background.tell(started);
    return started ? daemon.run(false) : 1;
  }
  if (failed(daemon.start())) return 1;
  return daemon.run(options.mode == Mode::foreground);
}

Daemon::Daemon(const Options& options, base::Log& log)
    : options_(options),
      log_(log),
      statistics_(clock_),
      auth_log_(log, clock_, statistics_.registry),
      guesses_(log, clock_, statistics_.registry),
      stats_log_(statistics_, clock_, log) {}

Daemon::~Daemon() = default;

Generation::Surroundings Daemon::surroundings() {
  return {log_, clock_, statistics_, *this, running_history_};
}

base::Result<void> Daemon::configure() {
  // -R is relative to where the operator stands, so it comes before the change of folder.
  const auto regexes = find_regexes(options_.regexes_file);
  auto devices = device::DeviceParser::load(regexes.value_or(""), log_);
  if (!devices) return std::unexpected(devices.error());
  devices_ = std::move(*devices);

  config_name_ = enter_config_folder(options_.config_file, log_);
  const auto source = read_config(config_name_, log_);
  if (!source) return std::unexpected(source.error());
  auto generation = Generation::load(*source, surroundings(), std::nullopt);
  if (!generation) return std::unexpected(generation.error());
  settings_at_start_ = (*generation)->policy().settings();
  auto access = accept(settings_at_start_);
  if (!access) return std::unexpected(access.error());
  if (auto usable = check_certificates(settings_at_start_); !usable) return usable;
  publish(*generation);
  put_in_force(settings_at_start_, std::move(*access));
  log_access(settings_at_start_);
  return {};
}

void Daemon::publish(const std::shared_ptr<Generation>& generation) {
  generation_.publish(generation);
  places_.publish({generation, &generation->geo()});
}

void Daemon::put_in_force(const policy::Settings& settings, api::Access access) {
  // Every console command and reload comes here. A hash forgets the right password when it is read anew, and clients
  // that had shown it would be held up by whoever guesses behind their address.
  if (const auto before = access_.get(); before && before->password.is_made_of(settings.webserver_password)) {
    access.password = before->password;
  }
  access_.publish(std::make_shared<const api::Access>(std::move(access)));
  *console_key_.lock() = settings.console_key;
  generation_.get()->webhooks().set_queue_limit(settings.webhook_queue_size);
  if (!http_) return;  // not open yet: they will be built with these
  http_->set_max_connections(connections_for(settings));
  workers_->set_queue_limit(settings.report_queue_size);
}

/// A history is there from the start or never.
std::size_t Daemon::connections_for(const policy::Settings& settings) const {
  return connections_that_fit(settings.max_connections, !settings_at_start_.history.folder.empty());
}

void Daemon::log_access(const policy::Settings& settings) {
  std::string networks;
  for (const auto& mask : access_.get()->acl.to_strings()) networks += (networks.empty() ? "" : ", ") + mask;
  log_.notice("ACL allowing queries from: {}", networks);
  if (const auto fit = connections_for(settings); fit < settings.max_connections) {
    log_.warning("setMaxWebserverConns({}): only {} fit below the limit of open files, see LimitNOFILE",
                 settings.max_connections, fit);
  }
}

base::Result<void> Daemon::open() {
  const auto& settings = settings_at_start_;
  const auto generation = generation_.get();
  const auto [report_threads, scheduler_threads] = generation->policy().workers();
  workers_ =
      std::make_unique<policy::WorkerPool>(policy::WorkerPool::Options{.threads = report_threads,
                                                                       .queue_limit = settings.report_queue_size,
                                                                       .custom_time_limit = settings.lua_timeout},
                                           policy_of(generation), statistics_, clock_);
  backend_ = std::make_unique<api::Backend>(
      api::Backend{log_, clock_, statistics_, *workers_, *devices_, access_, readiness_, auth_log_, guesses_});
  auto http = net::HttpServer::open(
      server_options(settings, connections_for(settings)),
      [this] { return std::make_unique<api::ApiService>(*backend_, *slow_auth_); }, log_);
  if (!http) return std::unexpected(http.error());
  http_ = std::move(*http);

  const auto key = [this] { return *console_key_.lock(); };
  auto console = console::ConsoleServer::open({.endpoints = settings.control_sockets}, key, *this, clock_, log_);
  if (!console) return std::unexpected(console.error());
  console_ = std::move(*console);

  const auto run_background = [this, first = report_threads](const std::string& name, unsigned runner) {
    policy_of(generation_.get())->run_background(first + runner, name);
  };
  scheduler_ = std::make_unique<schedule::Scheduler>(schedule::Scheduler::Options{.runners = scheduler_threads},
                                                     run_background, clock_, zone_, log_);
  return schedule_jobs(settings);
}

base::Result<void> Daemon::schedule_jobs(const policy::Settings& settings) {
  return scheduler_->replace_all(jobs_of(settings));
}

/// Without setHistoryDir() nothing happens, and nothing will.
base::Result<void> Daemon::open_history() {
  const auto& options = settings_at_start_.history;
  const auto& detections = settings_at_start_.detections;
  if (options.folder.empty()) {
    if (!detections.rules.empty()) log_.warning("The detections judge nothing without setHistoryDir()");
    if (!generation_.get()->webhooks().kept().empty()) {
      log_.warning("Webhooks with retry are tried once without setHistoryDir()");
    }
    if (!settings_at_start_.channels.empty()) log_.warning("The alert channels tell nothing without setHistoryDir()");
    return {};
  }
  const auto shares = divide_memory(options.memory_bytes, !detections.rules.empty());
  auto own = options;
  own.memory_bytes = shares.history;
  auto opened = history::rocksdb::open(own, clock_, log_, statistics_.registry);
  if (!opened) return std::unexpected(opened.error());
  history_ = std::move(*opened);
  if (auto opened_watch = open_watch(shares); !opened_watch) return opened_watch;
  running_history_ = &history_as_opened_.emplace(*history_, options, watch_.get());
  intake_ = std::make_unique<api::ReportIntake>(
      api::ReportIntake::Surroundings{*history_, places_, *workers_, statistics_, clock_, log_, watch_.get()});
  queries_ = std::make_unique<api::QueryThreads>(log_, statistics_.registry);
  backend_->history = history_.get();
  backend_->watch = watch_.get();
  backend_->intake = intake_.get();
  backend_->queries = queries_.get();
  for (const auto* name : api::history_command_names) statistics_.commands.declare(name);
  register_history_metrics();
  const auto status = history_->status();
  remove_copies_left_behind(options.folder);
  log_.notice("Remembering logins in {}: {} reports so far", options.folder, status.reports);
  return {};
}

base::Result<void> Daemon::start() {
  if (auto opened = open_history(); !opened) return opened;
  register_metrics();
  generation_.get()->start();
  workers_->start();
  if (courier_) courier_->start();
  slow_auth_ = std::make_unique<api::SlowAuth>(*backend_);
  if (auto started = scheduler_->start(); !started) return started;
  certificates_.emplace(*http_, clock_, log_, statistics_.registry);
  log_.info("Starting stats reporting thread");
  ticker_ = std::make_unique<Ticker>([this] { tick(); });
  log_.info("Starting webserver");
  http_->start();
  console_->start();
  readiness_ = api::Readiness::ready;
  sd_notify(0, "READY=1");
  return {};
}

int Daemon::run(bool with_console) {
  if (with_console) {
    log_.verbose_info("Running in the foreground");
    input_ = std::thread([this] { serve_standard_input(); });
  }
  while (signals_.wait() == Signals::Event::reload) reload();

  readiness_ = api::Readiness::stopping;
  sd_notify(0, "STOPPING=1");
  log_.notice("Stopping");
  bool stuck = false;
  const auto left = stop(stuck);
  std::string summary;
  for (const auto& part : left) summary += (summary.empty() ? "" : ", ") + part;
  if (summary.empty())
    log_.notice("Stopped, nothing was left undone");
  else
    log_.warning("Stopped at the time limit of setShutdownTimeoutSecs, left undone: {}", summary);
  if (stuck) _exit(exit_status_);  // a function blocks outside Lua: its thread cannot be joined
  return exit_status_;
}

void Daemon::serve_standard_input() {
  pthread_setname_np(pthread_self(), "console");
  console::InteractiveOptions options;
  options.lines.stop_fd = stop_input_.fd();
  options.lines.catch_signals = false;
  options.lines.completions = console_words();
  const auto end = console::run_interactive(options, [this](std::string_view line) -> base::Result<std::string> {
    auto answer = execute(line).value_or("");
    // As the original: results get a newline, what show...() printed has one.
    if (!answer.empty() && !answer.ends_with('\n')) answer += '\n';
    return answer;
  });
  if (!end) log_.error("Console: {}", end.error().message);
  signals_.request_stop();
}

void Daemon::shut_down(int exit_status) {
  exit_status_ = exit_status;
  stop_requested_ = true;
  signals_.request_stop();
}

std::optional<std::string> Daemon::execute(std::string_view command) {
  const auto policy = policy_of(generation_.get());
  auto answer =
      policy->run_command(command, [this](const auto& before, const auto& after) { return apply(before, after); });
  // As the original: whoever ends the daemon gets no answer.
  return stop_requested_ ? std::nullopt : std::optional(std::move(answer));
}

base::Result<std::string> Daemon::apply(const policy::Settings& before, const policy::Settings& after) {
  auto access = accept(after);
  if (!access) return std::unexpected(access.error());
  if (before.schedules.size() != after.schedules.size()) {
    if (auto scheduled = schedule_jobs(after); !scheduled) return std::unexpected(scheduled.error());
  }
  put_in_force(after, std::move(*access));
  std::string notes;
  for (const auto& name : changes_for_next_load(before, after)) notes += name + "() takes effect at the next start\n";
  return notes;
}

void Daemon::reload() {
  sd_notify(0, "RELOADING=1");
  const auto give_up = [this](const base::Error& error) {
    log_.error("{}", error.message);
    log_.error("The configuration was not reloaded, the old one goes on");
    sd_notify(0, "READY=1");
  };
  const auto source = read_config(config_name_, log_);
  if (!source) return give_up(source.error());
  const auto old_generation = generation_.get();
  auto fresh = Generation::load(*source, surroundings(), old_generation->policy().workers());
  if (!fresh) return give_up(fresh.error());
  const auto settings = (*fresh)->policy().settings();
  auto access = accept(settings);
  if (!access) return give_up(access.error());
  if (const auto renewed = http_->reload_certificates(); !renewed) return give_up(renewed.error());
  auto kinds = asn_kinds_of(settings.detections);
  if (!kinds) return give_up(kinds.error());
  const auto routes = make_routes(settings, zone_);
  if (!routes) return give_up(routes.error());
  std::vector<channel::Courier::Entry> channels;
  if (courier_) {
    const auto before = old_generation->policy().settings();
    auto made = make_channels(settings, &before, channel_ground());
    if (!made) return give_up(made.error());
    channels = std::move(*made);
    keep_webhooks(webhooks_of(*fresh), settings, kept_in(), channels);
  }
  if (watch_) {
    if (const auto used = watch_->use(settings.allowances); !used) return give_up(used.error());
  }
  if (const auto scheduled = schedule_jobs(settings); !scheduled) return give_up(scheduled.error());

  if (watch_) {
    watch_->use(settings.detections.rules, std::move(*kinds));
    watch_->use(*routes);
  }
  if (courier_) courier_->use(std::move(channels));
  (*fresh)->start();
  publish(*fresh);
  workers_->set_policy(policy_of(*fresh));
  workers_->set_custom_time_limit(settings.lua_timeout);
  put_in_force(settings, std::move(*access));
  log_access(settings);
  retired_.lock()->push_back(old_generation);
  for (const auto& name : changes_for_next_start(settings_at_start_, settings)) {
    log_.warning("{}() has changed and takes effect at the next start", name);
  }
  log_.notice("The configuration was reloaded");
  sd_notify(0, "READY=1");
}

void Daemon::tick() {
  workers_->expire();
  stats_log_.tick();
  if (certificates_) certificates_->look();
  if (watch_) watch_->tick();
  // Drained here and not at reload: it may take as long as a webhook's time limit.
  for (const auto& generation : std::exchange(*retired_.lock(), {})) {
    generation->webhooks().drain(clock_.steady() + std::chrono::seconds(10));
  }
  if (++ticks_ % geo_check_ticks != 0) return;
  for (const auto& [name, outcome] : generation_.get()->geo().reload_changed()) {
    if (outcome)
      log_.notice("Reloaded GeoIP2 DB {}, its file has changed", base::escape_control(name));
    else
      log_.error("Error reloading GeoIP2 DB {} ({})", base::escape_control(name), outcome.error().message);
  }
}

std::vector<std::string> Daemon::stop(bool& stuck) {
  const auto deadline = clock_.steady() + generation_.get()->policy().settings().shutdown_timeout;
  std::vector<std::string> left;
  const auto note = [&left](std::size_t count, std::string_view what) {
    if (count > 0) left.push_back(fmt::format("{} {}", count, what));
  };
  note(http_->drain(deadline), "requests unanswered");
  // Also if the time is up: what lies in memory is soon written, or the disk is stuck and so are we.
  const auto moment = [&] { return std::max(deadline, clock_.steady() + idle_threads_end_within); };
  const bool intake_stuck = intake_ && !intake_->stop(moment());
  note(workers_->drain(deadline), "reports or custom calls not run");
  const auto running = scheduler_->stop(deadline);
  for (const auto& name : running) left.push_back(fmt::format("background function [{}]", base::escape_control(name)));
  ticker_->stop();
  note(generation_.get()->webhooks().drain(deadline), "webhooks undelivered");
  if (courier_) note(courier_->stop(deadline), "alerts not delivered, which the next start does");
  http_->stop();
  // Whoever holds a Lua state ends at the latest at the run-time limit, unless it blocks outside Lua. If something else
  // has used up the time, idle workers still get a moment to end.
  stuck = !workers_->stop(moment()) || !running.empty() || intake_stuck || (queries_ && !queries_->stop(moment()));
  if (stuck) return left;
  stop_input_.raise();
  if (input_.joinable()) input_.join();
  console_->stop();
  slow_auth_.reset();
  if (history_) {
    // Nobody is left to ask it: not a Lua state, not the HTTP side, not the console.
    running_history_ = nullptr;
    watch_->stop();
    courier_.reset();
    history_.reset();
  }
  return left;
}

}  // namespace trackalert::app
