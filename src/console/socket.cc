// SPDX-License-Identifier: Apache-2.0
#include "console/socket.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <system_error>

#include "base/socket_address.h"

namespace trackalert::console {
namespace {

constexpr int listen_backlog = 16;

void set_option(const base::Descriptor& socket, int level, int option) {
  const int on = 1;
  setsockopt(socket.get(), level, option, &on, sizeof on);
}

base::Descriptor make_socket(const base::Endpoint& endpoint) {
  const int family = endpoint.address.is_v4() ? AF_INET : AF_INET6;
  return base::Descriptor(::socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
}

/// For poll(2), rounded up so that a wait does not end before its deadline.
int poll_timeout(Deadline deadline) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now()).count();
  return static_cast<int>(std::clamp<std::int64_t>(left, 0, 3'600'000));
}

}  // namespace

StopSignal::StopSignal() : event_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (!event_.valid()) throw std::system_error(errno, std::generic_category(), "eventfd");
}

void StopSignal::raise() {
  eventfd_write(event_.get(), 1);
}

Io wait_for(int fd, short events, int stop_fd, Deadline deadline) {
  for (;;) {
    std::array<pollfd, 2> waits{{{fd, events, 0}, {stop_fd, POLLIN, 0}}};
    const int ready = poll(waits.data(), waits.size(), poll_timeout(deadline));
    if (ready < 0 && errno != EINTR) return Io::failed;
    if (ready > 0 && waits[1].revents != 0) return Io::stopped;
    if (ready > 0) return Io::done;
    if (std::chrono::steady_clock::now() >= deadline) return Io::timed_out;
  }
}

Io Socket::wait_readable(Deadline deadline) {
  const Io io = wait_for(descriptor_.get(), POLLIN, stop_fd_, deadline);
  if (io == Io::failed) error_number_ = errno;
  return io;
}

Io Socket::read(std::span<char> out, Deadline deadline, std::size_t* got) {
  std::size_t unused = 0;
  std::size_t& have = got == nullptr ? unused : *got;
  for (have = 0; have < out.size();) {
    if (const Io io = wait_readable(deadline); io != Io::done) return io;
    const ssize_t n = recv(descriptor_.get(), out.data() + have, out.size() - have, 0);
    if (n == 0) return Io::end;
    if (n > 0) {
      have += static_cast<std::size_t>(n);
    } else if (errno != EAGAIN && errno != EINTR) {
      error_number_ = errno;
      return Io::failed;
    }
  }
  return Io::done;
}

Io Socket::write(std::string_view data, Deadline deadline) {
  while (!data.empty()) {
    const ssize_t n = send(descriptor_.get(), data.data(), data.size(), MSG_NOSIGNAL);
    if (n >= 0) {
      data.remove_prefix(static_cast<std::size_t>(n));
    } else if (errno == EAGAIN) {
      const Io io = wait_for(descriptor_.get(), POLLOUT, stop_fd_, deadline);
      if (io == Io::failed) error_number_ = errno;
      if (io != Io::done) return io;
    } else if (errno != EINTR) {
      error_number_ = errno;
      return Io::failed;
    }
  }
  return Io::done;
}

base::Result<base::Descriptor> listen_on(const base::Endpoint& endpoint) {
  const auto failed = [&](std::string_view doing) {
    return base::fail("{} {}: {}", doing, endpoint.to_string(), base::error_text(errno));
  };
  base::Descriptor socket = make_socket(endpoint);
  if (!socket.valid()) return failed("making socket for");
  set_option(socket, SOL_SOCKET, SO_REUSEADDR);
  auto address = base::SocketAddress::from(endpoint);
  if (bind(socket.get(), address.get(), address.size) != 0) return failed("binding socket to");
  if (listen(socket.get(), listen_backlog) != 0) return failed("listening on");
  return socket;
}

base::Result<base::Descriptor> connect_to(const base::Endpoint& endpoint, std::chrono::milliseconds timeout) {
  const auto failed = [&](int error_number) {
    return base::fail("connecting socket to {}: {}", endpoint.to_string(), base::error_text(error_number));
  };
  base::Descriptor socket = make_socket(endpoint);
  if (!socket.valid()) return failed(errno);
  auto address = base::SocketAddress::from(endpoint);
  if (connect(socket.get(), address.get(), address.size) != 0) {
    if (errno != EINPROGRESS) return failed(errno);
    const Io io = wait_for(socket.get(), POLLOUT, -1, deadline_in(timeout));
    if (io == Io::timed_out) return failed(ETIMEDOUT);
    if (io != Io::done) return failed(errno);
    int error = 0;
    socklen_t size = sizeof error;
    if (getsockopt(socket.get(), SOL_SOCKET, SO_ERROR, &error, &size) != 0) return failed(errno);
    if (error != 0) return failed(error);
  }
  set_option(socket, IPPROTO_TCP, TCP_NODELAY);
  return socket;
}

std::optional<Accepted> accept_from(const base::Descriptor& listener) {
  base::SocketAddress address;
  base::Descriptor socket(accept4(listener.get(), address.get(), &address.size, SOCK_CLOEXEC | SOCK_NONBLOCK));
  if (!socket.valid()) return std::nullopt;
  // A client whose host has vanished must not keep its place for a whole idle time.
  set_option(socket, SOL_SOCKET, SO_KEEPALIVE);
  set_option(socket, IPPROTO_TCP, TCP_NODELAY);
  base::Endpoint peer = address.endpoint();
  peer.address = peer.address.unmapped();
  return Accepted{std::move(socket), peer};
}

base::Endpoint local_endpoint(const base::Descriptor& socket) {
  base::SocketAddress address;
  if (getsockname(socket.get(), address.get(), &address.size) != 0) return {};
  return address.endpoint();
}

}  // namespace trackalert::console
