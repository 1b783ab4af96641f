// SPDX-License-Identifier: Apache-2.0
#include "console/server.h"

#include <poll.h>
#include <pthread.h>

#include <cerrno>
#include <exception>
#include <system_error>

namespace trackalert::console {
namespace {

constexpr unsigned log_lines_per_minute = 10;
constexpr unsigned connection_lines_per_minute = 120;
/// How long to leave the listeners alone when the process is out of descriptors.
constexpr std::chrono::milliseconds accept_pause{100};

}  // namespace

base::Result<std::unique_ptr<ConsoleServer>> ConsoleServer::open(Options options, KeySource key,
                                                                 CommandExecutor& executor, const base::Clock& clock,
                                                                 base::Log& log) {
  std::unique_ptr<ConsoleServer> server(new ConsoleServer(std::move(options), std::move(key), executor, clock, log));
  const bool has_key = server->key_().has_value();
  for (const auto& endpoint : server->options_.endpoints) {
    if (!has_key) {
      log.error("Not opening control socket on {}: there is no valid key, see setKey()", endpoint.to_string());
      continue;
    }
    auto listener = listen_on(endpoint);
    if (!listener)
      return base::fail("Unable to bind to control socket on {}: {}", endpoint.to_string(), listener.error().message);
    server->listeners_.push_back(std::move(*listener));
  }
  return server;
}

ConsoleServer::ConsoleServer(Options options, KeySource key, CommandExecutor& executor, const base::Clock& clock,
                             base::Log& log)
    : options_(std::move(options)),
      key_(std::move(key)),
      executor_(executor),
      log_(log),
      refused_lines_(clock, log_lines_per_minute, std::chrono::minutes(1)),
      failure_lines_(clock, log_lines_per_minute, std::chrono::minutes(1)),
      connection_lines_(clock, connection_lines_per_minute, std::chrono::minutes(1)),
      accept_failure_lines_(clock, 1, std::chrono::minutes(1)) {}

ConsoleServer::~ConsoleServer() {
  stop();
}

void ConsoleServer::start() {
  if (listeners_.empty()) return;
  for (const auto& endpoint : endpoints()) log_.notice("Accepting control connections on {}", endpoint.to_string());
  acceptor_ = std::thread([this] { accept_loop(); });
}

void ConsoleServer::stop() {
  stop_.raise();
  if (acceptor_.joinable()) acceptor_.join();
  listeners_.clear();
}

std::vector<base::Endpoint> ConsoleServer::endpoints() const {
  std::vector<base::Endpoint> out;
  out.reserve(listeners_.size());
  for (const auto& listener : listeners_) out.push_back(local_endpoint(listener));
  return out;
}

ConsoleServer::Counts ConsoleServer::counts() const {
  return {active_.load(), connections_.load(), refused_.load(), decrypt_failures_.load()};
}

void ConsoleServer::accept_loop() {
  pthread_setname_np(pthread_self(), "console");
  std::vector<pollfd> waits{{stop_.fd(), POLLIN, 0}};
  waits.reserve(1 + listeners_.size());
  for (const auto& listener : listeners_) waits.push_back({listener.get(), POLLIN, 0});
  for (;;) {
    if (poll(waits.data(), waits.size(), -1) < 0) continue;  // only EINTR and ENOMEM are possible
    if (waits[0].revents != 0) break;
    for (std::size_t i = 0; i < listeners_.size(); ++i) {
      if (waits[i + 1].revents != 0) accept_one(listeners_[i]);
    }
  }
  for (auto& worker : workers_) worker.thread.join();
  workers_.clear();
}

void ConsoleServer::accept_one(const base::Descriptor& listener) {
  auto accepted = accept_from(listener);
  if (!accepted) {
    if (errno != EMFILE && errno != ENFILE && errno != ENOBUFS && errno != ENOMEM) return;  // the peer has gone
    if (accept_failure_lines_.admit()) log_.error("Unable to accept control connections: {}", base::error_text(errno));
    static_cast<void>(wait_for(-1, 0, stop_.fd(), deadline_in(accept_pause)));
    return;
  }
  workers_.remove_if([](Worker& worker) {
    if (!worker.finished) return false;
    worker.thread.join();
    return true;
  });
  if (active_ >= options_.max_connections) {
    ++refused_;
    if (refused_lines_.admit())
      log_.warning("Refused control connection from {}: there are {} already", accepted->peer.to_string(),
                   options_.max_connections);
    return;
  }

  Worker& worker = workers_.emplace_back();
  ++active_;
  ++connections_;
  try {
    worker.thread = std::thread([this, &worker, connection = std::move(*accepted)]() mutable {
      pthread_setname_np(pthread_self(), "console-conn");
      serve(std::move(connection.descriptor), connection.peer);
      --active_;
      worker.finished = true;
    });
  } catch (const std::system_error& problem) {
    --active_;
    workers_.pop_back();
    if (accept_failure_lines_.admit()) log_.error("Unable to serve a control connection: {}", problem.what());
  }
}

void ConsoleServer::serve(base::Descriptor descriptor, const base::Endpoint& peer) {
  // Anybody who reaches the socket causes these lines.
  const bool told = connection_lines_.admit();
  if (told) log_.info("Got control connection from {}", peer.to_string());
  {
    Socket socket(std::move(descriptor), stop_.fd());
    try {
      report(serve_session(socket, key_, executor_, options_.timeouts), peer);
    } catch (const std::exception& problem) {
      report({SessionEnd::Kind::broken, problem.what()}, peer);
    }
  }
  if (told) log_.info("Closed control connection from {}", peer.to_string());
}

void ConsoleServer::report(const SessionEnd& end, const base::Endpoint& peer) {
  switch (end.kind) {
    case SessionEnd::Kind::closed:
      return;
    case SessionEnd::Kind::undecryptable:
      ++decrypt_failures_;
      if (failure_lines_.admit()) log_.error("Could not decrypt client command: {}", end.reason);
      return;
    case SessionEnd::Kind::broken:
      if (failure_lines_.admit())
        log_.error("Got an exception in client connection from {}: {}", peer.to_string(), end.reason);
      return;
  }
}

}  // namespace trackalert::console
