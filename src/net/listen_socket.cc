// SPDX-License-Identifier: Apache-2.0
#include "net/listen_socket.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <system_error>

namespace trackalert::net {
namespace {

struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t size = sizeof(sockaddr_storage);

  sockaddr* pointer() { return reinterpret_cast<sockaddr*>(&storage); }
};

SocketAddress to_socket_address(const base::Endpoint& endpoint) {
  SocketAddress out;
  if (endpoint.address.is_v4()) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(endpoint.port);
    std::memcpy(&address.sin_addr, endpoint.address.bytes().data(), sizeof address.sin_addr);
    std::memcpy(&out.storage, &address, out.size = sizeof address);
  } else {
    sockaddr_in6 address{};
    address.sin6_family = AF_INET6;
    address.sin6_port = htons(endpoint.port);
    address.sin6_scope_id = endpoint.address.scope();
    std::memcpy(&address.sin6_addr, endpoint.address.bytes().data(), sizeof address.sin6_addr);
    std::memcpy(&out.storage, &address, out.size = sizeof address);
  }
  return out;
}

std::uint16_t port_of(SocketAddress& address) {
  // Family and port lie at the same place in both.
  sockaddr_in in{};
  std::memcpy(&in, &address.storage, sizeof in);
  return ntohs(in.sin_port);
}

}  // namespace

Descriptor& Descriptor::operator=(Descriptor&& other) noexcept {
  if (this != &other) {
    if (fd_ >= 0) ::close(fd_);
    fd_ = other.release();
  }
  return *this;
}

Descriptor::~Descriptor() {
  if (fd_ >= 0) ::close(fd_);
}

base::Result<ListenSocket> open_listen_socket(const base::Endpoint& endpoint, bool dual_stack) {
  const auto error = [&endpoint] {
    return base::fail("cannot listen on {}: {}", endpoint.to_string(), std::generic_category().message(errno));
  };
  const int family = endpoint.address.is_v4() ? AF_INET : AF_INET6;
  Descriptor descriptor(::socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_TCP));
  if (descriptor.get() < 0) return error();
  const int on = 1;
  if (::setsockopt(descriptor.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0) return error();
  if (family == AF_INET6) {
    const int v6_only = dual_stack ? 0 : 1;
    if (::setsockopt(descriptor.get(), IPPROTO_IPV6, IPV6_V6ONLY, &v6_only, sizeof v6_only) != 0) return error();
  }
  SocketAddress address = to_socket_address(endpoint);
  if (::bind(descriptor.get(), address.pointer(), address.size) != 0) return error();
  if (::listen(descriptor.get(), SOMAXCONN) != 0) return error();
  SocketAddress bound;
  if (::getsockname(descriptor.get(), bound.pointer(), &bound.size) != 0) return error();
  return ListenSocket{std::move(descriptor), {endpoint.address, port_of(bound)}};
}

}  // namespace trackalert::net
