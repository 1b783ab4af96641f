// SPDX-License-Identifier: Apache-2.0
#include "net/event_loop.h"

#include <pthread.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>

#include "net/connection.h"

namespace trackalert::net {
namespace {

constexpr std::size_t events_per_turn = 128;
/// Strangers with a request being worked on that are passed over for one that can make room: a bound on the time it
/// takes, not on what can be found, for they are not met again.
constexpr std::size_t most_passed_over = 1024;

/// Threads begun while this lives block all signals: they are the business of the thread that waits for them. SIGPIPE
/// among them, which OpenSSL's writes would raise.
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

base::Descriptor checked(int fd, const char* what) {
  if (fd < 0) throw std::system_error(errno, std::generic_category(), what);
  return base::Descriptor(fd);
}

/// Makes it unreadable again.
void read_counter(const base::Descriptor& descriptor) {
  std::uint64_t count = 0;
  [[maybe_unused]] const ssize_t got = ::read(descriptor.get(), &count, sizeof count);
}

}  // namespace

EventLoop::EventLoop(ServerState& state, unsigned index)
    : state_(state),
      index_(index),
      epoll_(checked(::epoll_create1(EPOLL_CLOEXEC), "epoll_create1")),
      wake_(checked(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), "eventfd")),
      timer_(checked(::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK), "timerfd_create")),
      mailbox_(std::make_shared<Mailbox>([fd = wake_.get()] { ::eventfd_write(fd, 1); })) {
  on_wake_.function = [this] { look_into_mailbox(); };
  on_timer_.function = [this] {
    read_counter(timer_);
    sweep();
  };
  // Edge-triggered: each write is told of once, and nobody need read the counter back to zero.
  if (!watch(wake_.get(), EPOLLIN | EPOLLET, on_wake_) || !watch(timer_.get(), EPOLLIN, on_timer_))
    throw std::system_error(errno, std::generic_category(), "epoll_ctl");
  const itimerspec each_second{.it_interval = {.tv_sec = 1, .tv_nsec = 0}, .it_value = {.tv_sec = 1, .tv_nsec = 0}};
  ::timerfd_settime(timer_.get(), 0, &each_second, nullptr);
}

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
  post([this] { stopping_ = true; });
  thread_.join();
}

bool EventLoop::watch(int fd, std::uint32_t events, EventSource& source) {
  epoll_event event{.events = events, .data = {.ptr = &source}};
  return ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) == 0;
}

void EventLoop::unwatch(int fd) {
  ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, fd, nullptr);
}

void EventLoop::run() {
  pthread_setname_np(pthread_self(), fmt::format("http-{}", index_).substr(0, 15).c_str());
  mailbox_->set_own_thread();
  date_line_.update(std::chrono::system_clock::now());
  while (!stopping_) {
    try {
      turn();
    } catch (const std::exception& error) {
      // Out of memory, say. What it hit has a time limit and will be swept up.
      state_.log.error("HTTP server: {}", error.what());
    }
  }
  close_all();
}

void EventLoop::turn() {
  std::array<epoll_event, events_per_turn> events;
  const int ready =
      ::epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), resumed_.empty() ? -1 : 0);
  std::swap(resuming_, resumed_);
  for (int i = 0; i < ready; ++i) {
    const epoll_event& event = events[static_cast<std::size_t>(i)];
    static_cast<EventSource*>(event.data.ptr)->on_events(event.events);
  }
  for (Connection* const connection : awake_) connection->resume();
  awake_.clear();
  for (const auto& connection : resuming_) connection->resume();
  resuming_.clear();
  if (end_of_turn_due_) end_turn();
  closed_.clear();
}

void EventLoop::look_into_mailbox() {
  mailbox_->take(taken_);
  for (AcceptedSocket& socket : taken_.sockets) adopt(std::move(socket));
  for (Mailbox::Answer& answer : taken_.answers) answer.connection->finish(std::move(answer.response));
  for (const auto& work : taken_.work) work();
  taken_.clear();
}

void EventLoop::adopt(AcceptedSocket socket) {
  if (socket.needs_room && !make_room()) {
    state_.refused_over_limit.fetch_add(1, std::memory_order_relaxed);
    reset_on_close(socket.descriptor.get());
    connection_gone();
    return;
  }
  state_.accepted.fetch_add(1, std::memory_order_relaxed);
  try {
    connections_.push_back(std::make_shared<Connection>(*this, std::move(socket), connections_.size()));
  } catch (const std::exception& error) {
    state_.log.error("HTTP server: cannot take a connection: {}", error.what());
    connection_gone();
    return;
  }
  const auto connection = connections_.back();
  note_vouched(*connection, false);
  connection->start();
  if (draining_) connection->begin_drain();
}

/// A flood of connections that send next to nothing pushes itself out, and nobody whom we know: a client that has
/// something to say has said it long before it is the oldest.
bool EventLoop::make_room() {
  for (std::size_t left = std::min(strangers_.size(), most_passed_over); left > 0; --left) {
    Connection& stranger = *strangers_.front();
    if (!stranger.is_served()) {
      state_.made_room.fetch_add(1, std::memory_order_relaxed);
      stranger.close();
      return true;
    }
    // It is at work: as good as new, and out of the way of the next look.
    strangers_.splice(strangers_.end(), strangers_, strangers_.begin());
  }
  return false;
}

void EventLoop::note_vouched(Connection& connection, bool vouched) {
  auto& own = connection.stranger;
  if (vouched && own.empty()) {
    own.splice(own.end(), strangers_, connection.stranger_at);
  } else if (!vouched && !own.empty()) {
    strangers_.splice(strangers_.end(), own);
  }
  strangers_count_.store(strangers_.size(), std::memory_order_relaxed);
}

void EventLoop::remove(const Connection& connection) {
  const std::size_t place = connection.place();
  note_vouched(*connections_[place], true);  // nobody's any more
  closed_.push_back(std::move(connections_[place]));
  if (place + 1 != connections_.size()) {
    connections_[place] = std::move(connections_.back());
    connections_[place]->set_place(place);
  }
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

void EventLoop::end_turn() {
  end_of_turn_due_ = false;
  try {
    service_->end_of_turn();
  } catch (const std::exception& error) {
    state_.log.error("HTTP service: {}", base::escape_control(error.what()));
  }
}

void EventLoop::sweep() {
  ++tick_;
  date_line_.update(std::chrono::system_clock::now());
  // Backwards: one that closes gives its place to the last, which has been looked at.
  for (std::size_t i = connections_.size(); i-- > 0;) connections_[i]->on_tick();
  for (const auto& action : tick_actions_) action();
}

void EventLoop::begin_drain() {
  draining_ = true;
  for (std::size_t i = connections_.size(); i-- > 0;) connections_[i]->begin_drain();
  drain_begun_ = true;
  state_.notify_drain();
}

void EventLoop::close_all() {
  mailbox_->close();
  while (!connections_.empty()) connections_.back()->close();
  closed_.clear();
  resumed_.clear();
}

}  // namespace trackalert::net
