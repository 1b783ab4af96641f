// SPDX-License-Identifier: Apache-2.0
#include "net/event_loop.h"

#include <pthread.h>
#include <signal.h>

#include "net/connection.h"

namespace trackalert::net {
namespace {

/// Signals are the business of the thread that waits for them: threads begun while this lives block all.
class SignalsBlocked {
 public:
  SignalsBlocked() {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  ~SignalsBlocked() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  SignalsBlocked(const SignalsBlocked&) = delete;
  SignalsBlocked& operator=(const SignalsBlocked&) = delete;

 private:
  sigset_t before_{};
};

}  // namespace

// UNSAFE_IO: sockets are touched by the loop's thread alone, only post() is locked.
EventLoop::EventLoop(ServerState& state, unsigned index)
    : state_(state),
      index_(index),
      io_(BOOST_ASIO_CONCURRENCY_HINT_UNSAFE_IO),
      work_(io_.get_executor()),
      sweep_timer_(io_.get_executor()),
      mailbox_(std::make_shared<Mailbox>([this] { post([this] { look_into_mailbox(); }); })) {}

EventLoop::~EventLoop() {
  stop();
  mailbox_->close();
}

void EventLoop::start(std::unique_ptr<Service> service) {
  service_ = std::move(service);
  const SignalsBlocked blocked;
  thread_ = std::thread([this] { run(); });
}

void EventLoop::stop() {
  if (!thread_.joinable()) return;
  post([this] { close_all(); });
  thread_.join();
}

void EventLoop::run() {
  pthread_setname_np(pthread_self(), fmt::format("http-{}", index_).substr(0, 15).c_str());
  mailbox_->set_own_thread();
  started_ = std::chrono::steady_clock::now();
  date_line_.update(std::chrono::system_clock::now());
  schedule_sweep();
  guarded_run();
}

void EventLoop::guarded_run() {
  for (;;) {
    try {
      // Returns once close_all() let go of the last work and every aborted operation was called back.
      io_.run();
      return;
    } catch (const std::exception& error) {
      // Out of memory, say. The connection it hit has a time limit and will be swept up.
      state_.log.error("HTTP server: {}", error.what());
    }
  }
}

void EventLoop::look_into_mailbox() {
  mailbox_->take(taken_);
  for (AcceptedSocket& socket : taken_.sockets) {
    try {
      adopt(std::move(socket));
    } catch (const std::exception& error) {
      state_.log.error("HTTP server: cannot take a connection: {}", error.what());
      connection_gone();
    }
  }
  for (Mailbox::Answer& answer : taken_.answers) answer.connection->finish(std::move(answer.response));
  taken_.clear();
}

void EventLoop::adopt(AcceptedSocket socket) {
  if (stopping_) {
    connection_gone();
    return;
  }
  connections_.push_back(std::make_shared<Connection>(*this, std::move(socket), connections_.size()));
  const auto connection = connections_.back();
  connection->start();
  if (is_draining()) connection->begin_drain();
}

void EventLoop::remove(const Connection& connection) {
  const std::size_t place = connection.place();
  connections_.back()->set_place(place);
  std::swap(connections_[place], connections_.back());
  connections_.pop_back();
  connection_gone();
}

void EventLoop::connection_gone() {
  load_.fetch_sub(1, std::memory_order_relaxed);
  state_.active_connections.fetch_sub(1, std::memory_order_relaxed);
}

void EventLoop::change_unanswered(int by) {
  // Only this thread writes: no need for a locked instruction.
  const std::size_t now = unanswered_.load(std::memory_order_relaxed) + static_cast<std::size_t>(by);
  unanswered_.store(now, std::memory_order_release);
  if (now == 0 && drain_begun_.load(std::memory_order_relaxed)) state_.notify_drain();
}

void EventLoop::request_served() {
  if (turn_end_posted_) return;
  turn_end_posted_ = true;
  // Goes behind all that is ready now, so it comes when the turn's other requests have been served.
  post([this] { end_turn(); });
}

void EventLoop::end_turn() {
  turn_end_posted_ = false;
  try {
    service_->end_of_turn();
  } catch (const std::exception& error) {
    state_.log.error("HTTP service: {}", base::escape_control(error.what()));
  }
}

void EventLoop::schedule_sweep() {
  sweep_timer_.expires_after(std::chrono::seconds{1});
  sweep_timer_.async_wait([this](const boost::system::error_code& ec) {
    if (ec || stopping_) return;
    sweep();
    schedule_sweep();
  });
}

void EventLoop::sweep() {
  const auto running = std::chrono::steady_clock::now() - started_;
  tick_ = static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::seconds>(running).count());
  date_line_.update(std::chrono::system_clock::now());
  // Backwards: one that closes gives its place to the last, which has been looked at.
  for (std::size_t i = connections_.size(); i-- > 0;) connections_[i]->close_if_overdue();
}

void EventLoop::begin_drain() {
  draining_ = true;
  for (std::size_t i = connections_.size(); i-- > 0;) connections_[i]->begin_drain();
  drain_begun_ = true;
  state_.notify_drain();
}

void EventLoop::close_all() {
  stopping_ = true;
  look_into_mailbox();
  mailbox_->close();
  while (!connections_.empty()) connections_.back()->close();
  sweep_timer_.cancel();
  work_.reset();
}

}  // namespace trackalert::net
