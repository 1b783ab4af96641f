// SPDX-License-Identifier: Apache-2.0
// The control socket: accepts console clients and runs their commands.
//
// One thread accepts, and each connection has one of its own, up to a bound; all are joined by stop().
#pragma once

#include <atomic>
#include <cstdint>
#include <list>
#include <memory>
#include <thread>
#include <vector>

#include "base/address.h"
#include "base/clock.h"
#include "base/line_limiter.h"
#include "base/log.h"
#include "base/result.h"
#include "console/executor.h"
#include "console/session.h"
#include "console/socket.h"

namespace trackalert::console {

class ConsoleServer {
 public:
  struct Options {
    std::vector<base::Endpoint> endpoints;
    std::size_t max_connections = 32;  ///< further ones are closed at once, logged and counted
    SessionTimeouts timeouts{};
  };

  /// Figures for metrics, since the start.
  struct Counts {
    std::size_t active = 0;  ///< connections open now
    std::uint64_t connections = 0;
    std::uint64_t refused = 0;  ///< max_connections
    std::uint64_t decrypt_failures = 0;
  };

  /// Binds and listens on every endpoint; starts no thread, so it may be done before a fork. Port 0 is any free one.
  /// Fails when one cannot be bound. While `key` has none to give, the control socket is not opened: that is logged,
  /// and the result is a server that listens nowhere. `executor`, `clock` and `log` must outlive it.
  static base::Result<std::unique_ptr<ConsoleServer>> open(Options options, KeySource key, CommandExecutor& executor,
                                                           const base::Clock& clock, base::Log& log);
  ~ConsoleServer();
  ConsoleServer(const ConsoleServer&) = delete;
  ConsoleServer& operator=(const ConsoleServer&) = delete;

  /// Accepts from now on. Call once.
  void start();
  /// Closes everything and joins the threads; waits for no peer, only for commands that are running. Not from
  /// execute().
  void stop();

  /// Where it listens, with the real ports.
  [[nodiscard]] std::vector<base::Endpoint> endpoints() const;
  /// Any thread.
  [[nodiscard]] Counts counts() const;

 private:
  struct Worker {
    std::thread thread;
    std::atomic<bool> finished{false};
  };

  ConsoleServer(Options options, KeySource key, CommandExecutor& executor, const base::Clock& clock, base::Log& log);
  void accept_loop();
  void accept_one(const base::Descriptor& listener);
  void serve(base::Descriptor descriptor, const base::Endpoint& peer);
  void report(const SessionEnd& end, const base::Endpoint& peer);

  const Options options_;
  const KeySource key_;
  CommandExecutor& executor_;
  base::Log& log_;
  base::LineLimiter refused_lines_;
  base::LineLimiter failure_lines_;
  base::LineLimiter connection_lines_;
  base::LineLimiter accept_failure_lines_;

  StopSignal stop_;
  std::vector<base::Descriptor> listeners_;
  std::list<Worker> workers_;  ///< belongs to the accepting thread
  std::thread acceptor_;

  std::atomic<std::size_t> active_{0};
  std::atomic<std::uint64_t> connections_{0};
  std::atomic<std::uint64_t> refused_{0};
  std::atomic<std::uint64_t> decrypt_failures_{0};
};

}  // namespace trackalert::console
