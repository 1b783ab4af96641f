// SPDX-License-Identifier: Apache-2.0
// One I/O thread: an epoll set, its connections, its Service. All methods belong to that thread, but for those marked.
//
// A turn is: wait, hand every ready descriptor its events, then the Service's end_of_turn(). Written on epoll itself
// and not on Asio for what one small request costs: epoll_wait, recv, send, the first of them shared by all that are
// ready. Asio 1.81 adds a recv that finds nothing to each request and an epoll_wait to each turn, a fifth of the whole.
//
// Time-outs are counted in ticks of a second: a sweep over all connections looks for those past theirs, so that a
// request costs no timer operation and no look at the clock.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "net/listen_socket.h"
#include "net/mailbox.h"
#include "net/response_head.h"
#include "net/server_state.h"

namespace trackalert::net {

/// What an epoll set reports to.
class EventSource {
 public:
  virtual ~EventSource() = default;
  /// `events`: EPOLLIN and the like.
  virtual void on_events(std::uint32_t events) = 0;
};

class EventLoop {
 public:
  /// Throws std::system_error when out of descriptors.
  EventLoop(ServerState& state, unsigned index);
  /// Any thread; after stop().
  ~EventLoop();
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;

  /// Any thread, once.
  void start(std::unique_ptr<Service> service);
  /// Any thread. Closes everything and joins the thread; idempotent.
  void stop();
  /// Any thread: runs `work` on the loop's.
  void post(std::function<void()> work) { mailbox_->put(std::move(work)); }
  /// Any thread.
  [[nodiscard]] const std::shared_ptr<Mailbox>& mailbox() const { return mailbox_; }
  /// Any thread: connections here or on their way here.
  [[nodiscard]] std::size_t load() const { return load_.load(std::memory_order_relaxed); }
  /// Any thread: connections here that nobody has vouched for.
  [[nodiscard]] std::size_t strangers() const { return strangers_count_.load(std::memory_order_relaxed); }
  void expect_connection() { load_.fetch_add(1, std::memory_order_relaxed); }
  /// Any thread: requests begun and not answered to the end.
  [[nodiscard]] std::size_t unanswered() const { return unanswered_.load(); }
  /// Any thread: idle connections are closed, unanswered() only goes down.
  [[nodiscard]] bool drain_begun() const { return drain_begun_.load(); }

  [[nodiscard]] bool is_draining() const { return draining_; }
  void begin_drain();

  /// `source` is told of `events` on `fd` until unwatch(), and may be told once more in the same turn. Before start()
  /// from any thread.
  [[nodiscard]] bool watch(int fd, std::uint32_t events, EventSource& source);
  void unwatch(int fd);
  /// `action` runs once a second. Before start() from any thread.
  void on_every_tick(std::function<void()> action) { tick_actions_.push_back(std::move(action)); }

  [[nodiscard]] ServerState& state() { return state_; }
  [[nodiscard]] Service& service() { return *service_; }
  /// A request went to the service: its end_of_turn() is due.
  void request_served() { end_of_turn_due_ = true; }
  /// The connection goes on in the next turn.
  void resume_later(std::shared_ptr<Connection> connection) { resumed_.push_back(std::move(connection)); }
  /// In this turn, once every ready connection was read from: work done in one go finds its code and data in the
  /// caches, which each system call in between would have swept. A report cost 12.5 to 13.4 us of CPU with a read
  /// before each, and costs 11.4 to 11.7.
  void resume_soon(Connection& connection) { awake_.push_back(&connection); }
  [[nodiscard]] std::uint64_t tick() const { return tick_; }
  [[nodiscard]] std::string_view date_line() const { return date_line_.text(); }
  /// For a body while it is decompressed; one at a time.
  [[nodiscard]] std::string& scratch() { return scratch_; }

  /// It has closed. It stays until the turn is over, for events of it may be waiting.
  void remove(const Connection& connection);
  /// Whether somebody has vouched for it has changed.
  void note_vouched(Connection& connection, bool vouched);
  void change_unanswered(int by);

 private:
  /// Calls a function on an event.
  struct Callback final : EventSource {
    std::function<void()> function;
    void on_events(std::uint32_t) override { function(); }
  };

  void run();
  void turn();
  void look_into_mailbox();
  void adopt(AcceptedSocket socket);
  bool make_room();
  void connection_gone();
  void end_turn();
  void sweep();
  void close_all();

  ServerState& state_;
  const unsigned index_;
  base::Descriptor epoll_;
  base::Descriptor wake_;
  base::Descriptor timer_;
  Callback on_wake_;
  Callback on_timer_;
  const std::shared_ptr<Mailbox> mailbox_;
  Mailbox::Contents taken_;
  std::unique_ptr<Service> service_;
  std::vector<std::shared_ptr<Connection>> connections_;
  std::list<Connection*> strangers_;  ///< those of them that nobody has vouched for, the oldest first; see make_room()
  std::vector<std::shared_ptr<Connection>> closed_;
  std::vector<std::shared_ptr<Connection>> resumed_;
  std::vector<std::shared_ptr<Connection>> resuming_;
  std::vector<Connection*> awake_;  ///< kept by connections_ or closed_
  std::vector<std::function<void()>> tick_actions_;
  std::uint64_t tick_ = 0;
  DateLine date_line_;
  std::string scratch_;
  bool end_of_turn_due_ = false;
  bool stopping_ = false;
  bool draining_ = false;
  std::atomic<bool> drain_begun_{false};
  std::atomic<std::size_t> load_{0};
  std::atomic<std::size_t> strangers_count_{0};
  std::atomic<std::size_t> unanswered_{0};
  std::thread thread_;
};

}  // namespace trackalert::net
