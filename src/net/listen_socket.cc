// SPDX-License-Identifier: Apache-2.0
#include "net/listen_socket.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>
#include <system_error>

#include "base/socket_address.h"

namespace trackalert::net {

base::Result<ListenSocket> open_listen_socket(const base::Endpoint& endpoint, bool dual_stack) {
  const auto error = [&endpoint] {
    return base::fail("cannot listen on {}: {}", endpoint.to_string(), base::error_text(errno));
  };
  const int family = endpoint.address.is_v4() ? AF_INET : AF_INET6;
  base::Descriptor descriptor(::socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_TCP));
  if (descriptor.get() < 0) return error();
  const int on = 1;
  if (::setsockopt(descriptor.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0) return error();
  if (family == AF_INET6) {
    const int v6_only = dual_stack ? 0 : 1;
    if (::setsockopt(descriptor.get(), IPPROTO_IPV6, IPV6_V6ONLY, &v6_only, sizeof v6_only) != 0) return error();
  }
  auto address = base::SocketAddress::from(endpoint);
  if (::bind(descriptor.get(), address.get(), address.size) != 0) return error();
  if (::listen(descriptor.get(), SOMAXCONN) != 0) return error();
  base::SocketAddress bound;
  if (::getsockname(descriptor.get(), bound.get(), &bound.size) != 0) return error();
  return ListenSocket{std::move(descriptor), {endpoint.address, bound.endpoint().port}};
}

void reset_on_close(int fd) {
  const linger at_once{.l_onoff = 1, .l_linger = 0};
  ::setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
}

}  // namespace trackalert::net
