// SPDX-License-Identifier: Apache-2.0
#include "net/http_server.h"

#include <algorithm>
#include <future>
#include <system_error>

#include "base/guarded.h"
#include "net/acceptor.h"
#include "net/event_loop.h"
#include "net/listen_socket.h"
#include "net/server_state.h"
#include "net/tls_context.h"

namespace trackalert::net {

using base::Result;

class HttpServer::Impl {
 public:
  Impl(Options options, ServiceFactory factory, base::Log& log)
      : options_(std::move(options)), factory_(std::move(factory)), state_(options_, log) {
    for (unsigned i = 0; i < std::max(1U, options_.threads); ++i)
      loops_.push_back(std::make_unique<EventLoop>(state_, i));
  }
  ~Impl() { stop(); }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  Result<void> open() {
    if (const auto loaded = reload_certificates(); !loaded) return loaded;
    for (std::size_t i = 0; i < options_.listeners.size(); ++i) {
      const Listener& listener = options_.listeners[i];
      auto socket = open_listen_socket(listener.address, dual_stack(listener.address));
      if (!socket) return std::unexpected(socket.error());
      endpoints_.push_back(socket->endpoint);
      Acceptor::TlsSource tls;
      if (listener.tls) tls = [this, i] { return (*contexts_.lock())[i]; };
      acceptors_.push_back(std::make_unique<Acceptor>(loops_, *std::move(socket), std::move(tls)));
    }
    return {};
  }

  void start() {
    if (running_) return;
    running_ = true;
    std::vector<std::unique_ptr<Service>> services;
    services.reserve(loops_.size());
    for (std::size_t i = 0; i < loops_.size(); ++i) services.push_back(factory_());
    for (std::size_t i = 0; i < loops_.size(); ++i) loops_[i]->start(std::move(services[i]));
  }

  std::size_t drain(std::chrono::steady_clock::time_point deadline) {
    if (!running_) return 0;
    close_acceptors();
    for (const auto& loop : loops_) loop->post([&loop = *loop] { loop.begin_drain(); });
    std::unique_lock lock(state_.drain_mutex);
    state_.drain_progress.wait_until(lock, deadline, [this] {
      return std::all_of(loops_.begin(), loops_.end(),
                         [](const auto& loop) { return loop->drain_begun() && loop->unanswered() == 0; });
    });
    std::size_t unanswered = 0;
    for (const auto& loop : loops_) unanswered += loop->unanswered();
    return unanswered;
  }

  void stop() {
    if (!running_) return;
    running_ = false;
    close_acceptors();
    for (const auto& loop : loops_) loop->stop();
  }

  Result<void> reload_certificates() {
    std::vector<TlsContext> contexts;
    for (const Listener& listener : options_.listeners) {
      if (!listener.tls) {
        contexts.emplace_back();
        continue;
      }
      auto context = make_tls_context(*listener.tls);
      if (!context) return std::unexpected(context.error());
      contexts.push_back(*std::move(context));
    }
    *contexts_.lock() = std::move(contexts);
    return {};
  }

  [[nodiscard]] std::vector<Certificate> certificates() const {
    const auto contexts = *contexts_.lock();
    std::vector<Certificate> out;
    for (std::size_t i = 0; i < contexts.size(); ++i) {
      if (contexts[i]) out.push_back({endpoints_[i], expiry_of(contexts[i])});
    }
    return out;
  }

  [[nodiscard]] Counts counts() const {
    return {.active_connections = state_.active_connections,
            .accepted = state_.accepted,
            .refused_over_limit = state_.refused_over_limit,
            .made_room = state_.made_room,
            .timed_out = state_.timed_out,
            .bad_requests = state_.bad_requests,
            .tls_failures = state_.tls_failures};
  }
  [[nodiscard]] const std::vector<base::Endpoint>& endpoints() const { return endpoints_; }
  void set_max_connections(std::size_t limit) { state_.max_connections = limit; }

 private:
  /// [::] takes IPv4 as well, unless another listener has that port for IPv4: both would not fit.
  [[nodiscard]] bool dual_stack(const base::Endpoint& endpoint) const {
    return endpoint.port == 0 ||
           std::none_of(options_.listeners.begin(), options_.listeners.end(), [&](const Listener& other) {
             return other.address.address.is_v4() && other.address.port == endpoint.port;
           });
  }

  /// Returns when they are closed and what they accepted lies in the loops' mailboxes.
  void close_acceptors() {
    // Shared: the waiter may be gone before set_value() returns.
    const auto closed = std::make_shared<std::promise<void>>();
    loops_.front()->post([this, closed] {
      for (const auto& acceptor : acceptors_) acceptor->close();
      closed->set_value();
    });
    closed->get_future().wait();
  }

  const Options options_;
  const ServiceFactory factory_;
  ServerState state_;
  base::Guarded<std::vector<TlsContext>> contexts_;  ///< by listener
  std::vector<base::Endpoint> endpoints_;
  std::vector<std::unique_ptr<EventLoop>> loops_;
  std::vector<std::unique_ptr<Acceptor>> acceptors_;  ///< gone before the loops
  bool running_ = false;
};

Result<std::unique_ptr<HttpServer>> HttpServer::open(Options options, ServiceFactory factory, base::Log& log) {
  try {
    auto impl = std::make_unique<Impl>(std::move(options), std::move(factory), log);
    if (const auto opened = impl->open(); !opened) return std::unexpected(opened.error());
    return std::unique_ptr<HttpServer>(new HttpServer(std::move(impl)));
  } catch (const std::system_error& error) {
    return base::fail("cannot set up the HTTP server: {}", error.what());
  }
}

HttpServer::HttpServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
HttpServer::~HttpServer() = default;

void HttpServer::start() {
  impl_->start();
}
std::size_t HttpServer::drain(std::chrono::steady_clock::time_point deadline) {
  return impl_->drain(deadline);
}
void HttpServer::stop() {
  impl_->stop();
}
Result<void> HttpServer::reload_certificates() {
  return impl_->reload_certificates();
}
std::vector<base::Endpoint> HttpServer::endpoints() const {
  return impl_->endpoints();
}
std::vector<HttpServer::Certificate> HttpServer::certificates() const {
  return impl_->certificates();
}
HttpServer::Counts HttpServer::counts() const {
  return impl_->counts();
}
void HttpServer::set_max_connections(std::size_t limit) {
  impl_->set_max_connections(limit);
}

}  // namespace trackalert::net
