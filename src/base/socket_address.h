// SPDX-License-Identifier: Apache-2.0
// Endpoints as the socket calls want and give them.
#pragma once

#include <sys/socket.h>

#include "base/address.h"

namespace trackalert::base {

struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t size = sizeof(sockaddr_storage);  ///< in: room; out, and after from(): used

  static SocketAddress from(const Endpoint& endpoint);
  /// What accept(2) or getsockname(2) wrote.
  [[nodiscard]] Endpoint endpoint() const;

  sockaddr* get() { return reinterpret_cast<sockaddr*>(&storage); }
  [[nodiscard]] const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
};

}  // namespace trackalert::base
