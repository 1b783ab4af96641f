// SPDX-License-Identifier: Apache-2.0
// Accepts the connections of one listener, on the thread of the first event loop, and hands them to the loop that has
// the fewest: long-lived connections spread evenly, which SO_REUSEPORT's hashing would not do.
#pragma once

#include <sys/socket.h>

#include <functional>
#include <memory>
#include <vector>

#include "net/event_loop.h"
#include "net/listen_socket.h"

namespace trackalert::net {

class Acceptor final : public EventSource {
 public:
  /// The TLS context for the next connection; null without TLS.
  using TlsSource = std::function<TlsContext()>;

  /// Before the loops start, which outlive this. Throws std::system_error when it cannot be watched.
  Acceptor(const std::vector<std::unique_ptr<EventLoop>>& loops, ListenSocket socket, TlsSource tls);

  void on_events(std::uint32_t events) override;
  /// On the first loop's thread. What the kernel has accepted already is still taken.
  void close();

 private:
  void on_tick();
  void hand_over(base::Descriptor descriptor, const sockaddr_storage& peer);
  [[nodiscard]] bool must_wait() const;
  void pause(int error);
  EventLoop& least_loaded();
  /// Where one can most likely make room.
  EventLoop& with_most_strangers();

  const std::vector<std::unique_ptr<EventLoop>>& loops_;
  EventLoop& loop_;
  ServerState& state_;
  const base::Endpoint endpoint_;
  const TlsSource tls_;
  base::Descriptor socket_;
  bool paused_ = false;
  std::uint64_t next_complaint_tick_ = 0;
  std::size_t next_loop_ = 0;
};

}  // namespace trackalert::net
