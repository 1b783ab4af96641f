// SPDX-License-Identifier: Apache-2.0
// One I/O thread: its io_context, its connections, its Service. All methods belong to that thread, but for those
// marked.
//
// Time-outs are counted in ticks, about one a second: a sweep over all connections looks for those past theirs, so that
// a request costs no timer operation and no look at the clock.
#pragma once

#include <atomic>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "net/mailbox.h"
#include "net/response_head.h"
#include "net/server_state.h"

namespace trackalert::net {

class EventLoop {
 public:
  using Executor = boost::asio::io_context::executor_type;
  using Timer = boost::asio::basic_waitable_timer<std::chrono::steady_clock,
                                                  boost::asio::wait_traits<std::chrono::steady_clock>, Executor>;

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
  template <class Work>
  void post(Work work) {
    boost::asio::post(io_, std::move(work));
  }
  /// Any thread.
  [[nodiscard]] const std::shared_ptr<Mailbox>& mailbox() const { return mailbox_; }
  /// Any thread: connections here or on their way here.
  [[nodiscard]] std::size_t load() const { return load_.load(std::memory_order_relaxed); }
  void expect_connection() { load_.fetch_add(1, std::memory_order_relaxed); }
  /// Any thread: requests begun and not answered to the end.
  [[nodiscard]] std::size_t unanswered() const { return unanswered_.load(); }
  /// Any thread: idle connections are closed, unanswered() only goes down.
  [[nodiscard]] bool drain_begun() const { return drain_begun_.load(); }

  [[nodiscard]] bool is_draining() const { return draining_; }

  void begin_drain();

  [[nodiscard]] ServerState& state() { return state_; }
  [[nodiscard]] Executor executor() { return io_.get_executor(); }
  [[nodiscard]] Service& service() { return *service_; }
  /// A request went to the service: its end_of_turn() is due.
  void request_served();
  [[nodiscard]] std::uint64_t tick() const { return tick_; }
  [[nodiscard]] std::string_view date_line() const { return date_line_.text(); }
  /// For a body while it is decompressed; one at a time.
  [[nodiscard]] std::string& scratch() { return scratch_; }

  void remove(const Connection& connection);
  void change_unanswered(int by);

 private:
  void run();
  void guarded_run();
  void look_into_mailbox();
  void adopt(AcceptedSocket socket);
  void connection_gone();
  void end_turn();
  void schedule_sweep();
  void sweep();
  void close_all();

  ServerState& state_;
  const unsigned index_;
  boost::asio::io_context io_;
  boost::asio::executor_work_guard<Executor> work_;
  Timer sweep_timer_;
  const std::shared_ptr<Mailbox> mailbox_;
  Mailbox::Contents taken_;
  std::unique_ptr<Service> service_;
  std::vector<std::shared_ptr<Connection>> connections_;
  std::chrono::steady_clock::time_point started_;
  std::uint64_t tick_ = 0;
  DateLine date_line_;
  std::string scratch_;
  bool turn_end_posted_ = false;
  bool stopping_ = false;
  bool draining_ = false;
  std::atomic<bool> drain_begun_{false};
  std::atomic<std::size_t> load_{0};
  std::atomic<std::size_t> unanswered_{0};
  std::thread thread_;
};

}  // namespace trackalert::net
