// SPDX-License-Identifier: Apache-2.0
// Accepts the connections of one listener, on the thread of the first event loop, and hands them to the loop that has
// the fewest: long-lived connections spread evenly, which SO_REUSEPORT's hashing would not do.
#pragma once

#include <sys/socket.h>

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <functional>
#include <memory>
#include <vector>

#include "net/event_loop.h"
#include "net/listen_socket.h"

namespace trackalert::net {

class Acceptor {
 public:
  /// The TLS context for the next connection; null without TLS.
  using TlsSource = std::function<std::shared_ptr<boost::asio::ssl::context>()>;

  /// Before the loops start. `loops` outlive this.
  Acceptor(const std::vector<std::unique_ptr<EventLoop>>& loops, ListenSocket socket, TlsSource tls);
  Acceptor(const Acceptor&) = delete;
  Acceptor& operator=(const Acceptor&) = delete;

  /// Before the loops start.
  void start();
  /// On the first loop's thread. What the kernel has accepted already is still taken.
  void close();

 private:
  void wait();
  void accept_all();
  void hand_over(Descriptor descriptor, const sockaddr_storage& peer);
  void pause(int error);
  EventLoop& least_loaded();

  const std::vector<std::unique_ptr<EventLoop>>& loops_;
  ServerState& state_;
  const base::Endpoint endpoint_;
  const TlsSource tls_;
  const bool v6_;
  boost::asio::basic_socket_acceptor<boost::asio::ip::tcp, EventLoop::Executor> socket_;
  EventLoop::Timer pause_timer_;
  std::uint64_t next_complaint_tick_ = 0;
  std::size_t next_loop_ = 0;
};

}  // namespace trackalert::net
