// SPDX-License-Identifier: Apache-2.0
#include "net/acceptor.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <system_error>

namespace trackalert::net {
namespace {

/// Before other connections get their turn.
constexpr int accepts_per_turn = 64;
constexpr std::uint64_t complaint_interval_s = 60;

std::uint16_t port_of(const sockaddr_storage& address) {
  // Family and port lie at the same place for IPv4 and IPv6.
  sockaddr_in in{};
  std::memcpy(&in, &address, sizeof in);
  return ntohs(in.sin_port);
}

}  // namespace

Acceptor::Acceptor(const std::vector<std::unique_ptr<EventLoop>>& loops, ListenSocket socket, TlsSource tls)
    : loops_(loops),
      loop_(*loops.front()),
      state_(loop_.state()),
      endpoint_(socket.endpoint),
      tls_(std::move(tls)),
      socket_(std::move(socket.descriptor)) {
  if (!loop_.watch(socket_.get(), EPOLLIN, *this)) throw std::system_error(errno, std::generic_category(), "epoll_ctl");
  loop_.on_every_tick([this] { on_tick(); });
}

void Acceptor::on_events(std::uint32_t) {
  for (int i = 0; i < accepts_per_turn && !must_wait(); ++i) {
    sockaddr_storage peer{};
    socklen_t size = sizeof peer;
    auto* const address = reinterpret_cast<sockaddr*>(&peer);
    const int fd = ::accept4(socket_.get(), address, &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd >= 0) {
      hand_over(base::Descriptor(fd), peer);
    } else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
      pause(errno);
      return;
    } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
      return;
    }
    // Anything else befell the one connection (ECONNABORTED, ...), not the listener.
  }
}

/// Until the loops have made room for those that are on their way: they stay in the kernel's queue.
bool Acceptor::must_wait() const {
  const std::size_t limit = state_.max_connections.load();
  return limit > 0 && state_.active_connections.load() >= limit + most_beyond_limit(limit);
}

void Acceptor::hand_over(base::Descriptor descriptor, const sockaddr_storage& peer) {
  const std::size_t active = state_.active_connections.load();
  const std::size_t limit = state_.max_connections.load();
  if (limit == 0) {
    state_.refused_over_limit.fetch_add(1, std::memory_order_relaxed);
    reset_on_close(descriptor.get());
    return;
  }
  state_.active_connections.fetch_add(1);
  const int on = 1;
  ::setsockopt(descriptor.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  EventLoop& loop = active >= limit ? with_most_strangers() : least_loaded();
  loop.expect_connection();
  loop.mailbox()->put(
      AcceptedSocket{.descriptor = std::move(descriptor),
                     .peer = base::Address::from_sockaddr(reinterpret_cast<const sockaddr&>(peer)).unmapped(),
                     .peer_port = port_of(peer),
                     .tls = tls_ ? tls_() : nullptr,
                     .needs_room = active >= limit});
}

EventLoop& Acceptor::least_loaded() {
  std::size_t best = next_loop_ % loops_.size();
  for (std::size_t i = 1; i < loops_.size(); ++i) {
    const std::size_t other = (next_loop_ + i) % loops_.size();
    if (loops_[other]->load() < loops_[best]->load()) best = other;
  }
  next_loop_ = best + 1;
  return *loops_[best];
}

EventLoop& Acceptor::with_most_strangers() {
  return **std::ranges::max_element(loops_, {}, [](const auto& loop) { return loop->strangers(); });
}

/// Out of descriptors or memory: the connections stay in the kernel's queue, and trying at once would spin.
void Acceptor::pause(int error) {
  if (loop_.tick() >= next_complaint_tick_) {
    next_complaint_tick_ = loop_.tick() + complaint_interval_s;
    state_.log.error("cannot accept connections on {}: {}", endpoint_.to_string(), base::error_text(error));
  }
  loop_.unwatch(socket_.get());
  paused_ = true;
}

void Acceptor::on_tick() {
  // Level-triggered: what waits in the queue makes an event at once.
  if (paused_ && loop_.watch(socket_.get(), EPOLLIN, *this)) paused_ = false;
}

void Acceptor::close() {
  if (socket_.get() < 0) return;
  on_events(EPOLLIN);
  loop_.unwatch(socket_.get());
  socket_ = base::Descriptor{};
  paused_ = false;
}

}  // namespace trackalert::net
