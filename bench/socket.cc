// SPDX-License-Identifier: Apache-2.0
#include "bench/socket.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <cerrno>
#include <string_view>
#include <system_error>

#include "base/socket_address.h"

namespace trackalert::bench {
namespace {

void enable(int socket, int level, int option) {
  const int on = 1;
  setsockopt(socket, level, option, &on, sizeof on);
}

std::unexpected<base::Error> failed(std::string_view what, const base::Endpoint& endpoint) {
  return base::fail("cannot {} {}: {}", what, endpoint.to_string(), std::generic_category().message(errno));
}

}  // namespace

base::Result<base::Descriptor> listen_on(const base::Endpoint& endpoint) {
  const auto address = base::SocketAddress::from(endpoint);
  base::Descriptor out(socket(address.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (out.get() < 0) return failed("open a socket for", endpoint);
  enable(out.get(), SOL_SOCKET, SO_REUSEADDR);
  enable(out.get(), SOL_SOCKET, SO_REUSEPORT);
  if (bind(out.get(), address.get(), address.size) != 0) return failed("bind", endpoint);
  if (listen(out.get(), SOMAXCONN) != 0) return failed("listen on", endpoint);
  return out;
}

base::Result<std::uint16_t> port_of(const base::Descriptor& socket) {
  base::SocketAddress address;
  if (getsockname(socket.get(), address.get(), &address.size) != 0) {
    return base::fail("cannot ask for the port: {}", std::generic_category().message(errno));
  }
  return address.endpoint().port;
}

base::Result<base::Descriptor> connect_to(const base::Endpoint& endpoint) {
  const auto address = base::SocketAddress::from(endpoint);
  base::Descriptor out(socket(address.storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (out.get() < 0) return failed("open a socket for", endpoint);
  const timeval patience{.tv_sec = 5, .tv_usec = 0};
  setsockopt(out.get(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  enable(out.get(), IPPROTO_TCP, TCP_NODELAY);
  // the cheapest there is: a machine that is set to pace (bbr) would otherwise spend the generator's time on it
  constexpr std::string_view congestion_control = "reno";
  setsockopt(out.get(), IPPROTO_TCP, TCP_CONGESTION, congestion_control.data(), congestion_control.size());
  if (connect(out.get(), address.get(), address.size) != 0) return failed("connect to", endpoint);
  if (fcntl(out.get(), F_SETFL, O_NONBLOCK) != 0) return failed("unblock the connection to", endpoint);
  return out;
}

bool watch(const base::Descriptor& epoll, int operation, int socket, std::uint32_t events) {
  epoll_event event{.events = events, .data = {.fd = socket}};
  return epoll_ctl(epoll.get(), operation, socket, &event) == 0;
}

}  // namespace trackalert::bench
