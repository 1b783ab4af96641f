// SPDX-License-Identifier: Apache-2.0
// What the daemon's parts count, for /metrics: the composition root's half of it, since a part knows no registry.
#include "app/daemon.h"

namespace trackalert::app {

void Daemon::register_metrics() {
  auto& registry = statistics_.registry;
  registry.gauge("active_http_connections", "How many active connections to the REST API?",
                 [this] { return static_cast<double>(http_->counts().active_connections); });
  registry.gauge("web_queue_size", "How full is the REST API worker thread queue?",
                 [this] { return static_cast<double>(workers_->queued()); });
  registry.counter_from("device_cache_hits_total", "Device strings found in the cache",
                        [this] { return static_cast<double>(devices_->cache().hits); });
  registry.counter_from("device_cache_misses_total", "Device strings that had to be parsed",
                        [this] { return static_cast<double>(devices_->cache().misses); });
  registry.counter_from("device_cache_evictions_total", "Device strings dropped from the full cache",
                        [this] { return static_cast<double>(devices_->cache().evictions); });
  const auto http_counter = [&](const char* name, const char* help, std::uint64_t net::HttpServer::Counts::* count) {
    registry.counter_from(name, help, [this, count] { return static_cast<double>(http_->counts().*count); });
  };
  using Counts = net::HttpServer::Counts;
  http_counter("http_connections_total", "HTTP connections accepted", &Counts::accepted);
  http_counter("http_connections_refused_total", "HTTP connections reset over setMaxWebserverConns",
               &Counts::refused_over_limit);
  http_counter("http_connections_made_room_total", "HTTP connections without a password closed for newer ones",
               &Counts::made_room);
  http_counter("http_timeouts_total", "HTTP connections closed for being slow or idle", &Counts::timed_out);
  http_counter("http_bad_requests_total", "Requests refused by the HTTP layer", &Counts::bad_requests);
  http_counter("http_tls_failures_total", "TLS handshakes that failed", &Counts::tls_failures);
  const auto console_counter = [&](const char* name, const char* help,
                                   std::uint64_t console::ConsoleServer::Counts::* count) {
    registry.counter_from(name, help, [this, count] { return static_cast<double>(console_->counts().*count); });
  };
  using ConsoleCounts = console::ConsoleServer::Counts;
  console_counter("console_connections_total", "Control connections accepted", &ConsoleCounts::connections);
  console_counter("console_connections_refused_total", "Control connections over the limit", &ConsoleCounts::refused);
  console_counter("console_decrypt_failures_total", "Control frames that could not be opened",
                  &ConsoleCounts::decrypt_failures);
  const auto schedule_counter = [&](const char* name, const char* help,
                                    std::atomic<std::uint64_t> schedule::Scheduler::Counters::* count) {
    registry.counter_from(name, help, [this, count] { return static_cast<double>(scheduler_->counters().*count); });
  };
  using ScheduleCounts = schedule::Scheduler::Counters;
  schedule_counter("background_runs_total", "Background functions that ended", &ScheduleCounts::runs);
  schedule_counter("background_overlaps_skipped_total", "Firings skipped since the function still ran",
                   &ScheduleCounts::skipped_overlap);
}

void Daemon::register_history_metrics() {
  auto& registry = statistics_.registry;
  registry.gauge("history_intake_queue_size", "Reports on their way into the history",
                 [this] { return static_cast<double>(intake_->waiting()); });
  registry.counter_from("history_places_remembered_total", "Records of GeoIP databases that were read already",
                        [this] { return static_cast<double>(intake_->places().remembered); });
  registry.counter_from("history_places_read_total", "Records of GeoIP databases that had to be read",
                        [this] { return static_cast<double>(intake_->places().read); });
  registry.gauge("history_requests_waiting", "Requests that wait for a thread that asks the history",
                 [this] { return static_cast<double>(queries_->waiting()); });
}

}  // namespace trackalert::app
