// SPDX-License-Identifier: Apache-2.0
#include "base/socket_address.h"

#include <netinet/in.h>

#include <cstring>

namespace trackalert::base {

SocketAddress SocketAddress::from(const Endpoint& endpoint) {
  SocketAddress out;
  const auto& bytes = endpoint.address.bytes();
  if (endpoint.address.is_v4()) {
    sockaddr_in v4{};
    v4.sin_family = AF_INET;
    v4.sin_port = htons(endpoint.port);
    std::memcpy(&v4.sin_addr, bytes.data(), sizeof v4.sin_addr);
    std::memcpy(&out.storage, &v4, out.size = sizeof v4);
  } else {
    sockaddr_in6 v6{};
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(endpoint.port);
    v6.sin6_scope_id = endpoint.address.scope();
    std::memcpy(&v6.sin6_addr, bytes.data(), sizeof v6.sin6_addr);
    std::memcpy(&out.storage, &v6, out.size = sizeof v6);
  }
  return out;
}

Endpoint SocketAddress::endpoint() const {
  // The port stands at the same place in both families.
  sockaddr_in v4{};
  std::memcpy(&v4, &storage, sizeof v4);
  return {Address::from_sockaddr(*get()), ntohs(v4.sin_port)};
}

}  // namespace trackalert::base
