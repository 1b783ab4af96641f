// SPDX-License-Identifier: Apache-2.0
// What the threads of one HttpServer share. Everything here may be used from any of them.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <mutex>

#include "base/log.h"
#include "net/http_server.h"

namespace trackalert::net {

struct ServerState {
  ServerState(const HttpServer::Options& options, base::Log& to)
      : max_header_bytes(options.max_header_bytes),
        max_body_bytes(options.max_body_bytes),
        header_timeout(options.header_timeout),
        idle_timeout(options.idle_timeout),
        log(to),
        max_connections(options.max_connections) {}

  const std::size_t max_header_bytes;
  const std::size_t max_body_bytes;
  const std::chrono::seconds header_timeout;
  const std::chrono::seconds idle_timeout;
  base::Log& log;

  std::atomic<std::size_t> max_connections;
  std::atomic<std::size_t> active_connections{0};
  std::atomic<std::uint64_t> accepted{0};
  std::atomic<std::uint64_t> refused_over_limit{0};
  std::atomic<std::uint64_t> made_room{0};
  std::atomic<std::uint64_t> timed_out{0};
  std::atomic<std::uint64_t> bad_requests{0};
  std::atomic<std::uint64_t> tls_failures{0};

  /// Wakes who waits in HttpServer::drain(): a loop has reached a step of it.
  void notify_drain() {
    const std::scoped_lock lock(drain_mutex);
    drain_progress.notify_all();
  }
  std::mutex drain_mutex;
  std::condition_variable drain_progress;
};

}  // namespace trackalert::net
