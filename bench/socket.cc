// SPDX-License-Identifier: Apache-2.0
#include "bench/socket.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string_view>
#include <system_error>

namespace trackalert::bench {
namespace {

struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t length = 0;

  [[nodiscard]] const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
};

SocketAddress socket_address(const base::Endpoint& endpoint) {
  SocketAddress out;
  const auto& bytes = endpoint.address.bytes();
  if (endpoint.address.is_v4()) {
    sockaddr_in v4{};
    v4.sin_family = AF_INET;
    v4.sin_port = htons(endpoint.port);
    std::memcpy(&v4.sin_addr, bytes.data(), sizeof v4.sin_addr);
    std::memcpy(&out.storage, &v4, out.length = sizeof v4);
  } else {
    sockaddr_in6 v6{};
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(endpoint.port);
    v6.sin6_scope_id = endpoint.address.scope();
    std::memcpy(&v6.sin6_addr, bytes.data(), sizeof v6.sin6_addr);
    std::memcpy(&out.storage, &v6, out.length = sizeof v6);
  }
  return out;
}

void enable(int socket, int level, int option) {
  const int on = 1;
  setsockopt(socket, level, option, &on, sizeof on);
}

std::unexpected<base::Error> failed(std::string_view what, const base::Endpoint& endpoint) {
  return base::fail("cannot {} {}: {}", what, endpoint.to_string(), std::generic_category().message(errno));
}

}  // namespace

Descriptor::~Descriptor() {
  if (number_ >= 0) close(number_);
}

base::Result<Descriptor> listen_on(const base::Endpoint& endpoint) {
  const auto address = socket_address(endpoint);
  Descriptor out(socket(address.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (out.get() < 0) return failed("open a socket for", endpoint);
  enable(out.get(), SOL_SOCKET, SO_REUSEADDR);
  enable(out.get(), SOL_SOCKET, SO_REUSEPORT);
  if (bind(out.get(), address.get(), address.length) != 0) return failed("bind", endpoint);
  if (listen(out.get(), SOMAXCONN) != 0) return failed("listen on", endpoint);
  return out;
}

base::Result<std::uint16_t> port_of(const Descriptor& socket) {
  sockaddr_storage storage{};
  socklen_t length = sizeof storage;
  if (getsockname(socket.get(), reinterpret_cast<sockaddr*>(&storage), &length) != 0) {
    return base::fail("cannot ask for the port: {}", std::generic_category().message(errno));
  }
  // sin6_port stands where sin_port stands
  return ntohs(reinterpret_cast<const sockaddr_in&>(storage).sin_port);
}

base::Result<Descriptor> connect_to(const base::Endpoint& endpoint) {
  const auto address = socket_address(endpoint);
  Descriptor out(socket(address.storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (out.get() < 0) return failed("open a socket for", endpoint);
  const timeval patience{.tv_sec = 5, .tv_usec = 0};
  setsockopt(out.get(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  enable(out.get(), IPPROTO_TCP, TCP_NODELAY);
  // the cheapest there is: a machine that is set to pace (bbr) would otherwise spend the generator's time on it
  constexpr std::string_view congestion_control = "reno";
  setsockopt(out.get(), IPPROTO_TCP, TCP_CONGESTION, congestion_control.data(), congestion_control.size());
  if (connect(out.get(), address.get(), address.length) != 0) return failed("connect to", endpoint);
  if (fcntl(out.get(), F_SETFL, O_NONBLOCK) != 0) return failed("unblock the connection to", endpoint);
  return out;
}

bool watch(const Descriptor& epoll, int operation, int socket, std::uint32_t events) {
  epoll_event event{.events = events, .data = {.fd = socket}};
  return epoll_ctl(epoll.get(), operation, socket, &event) == 0;
}

}  // namespace trackalert::bench
