// SPDX-License-Identifier: Apache-2.0
// The few socket calls of the benchmark programs. Errors name the address and the system's reason.
#pragma once

#include "base/address.h"
#include "base/descriptor.h"
#include "base/result.h"

namespace trackalert::bench {

/// A non-blocking listening socket, its address free for others that ask the same way (SO_REUSEPORT).
[[nodiscard]] base::Result<base::Descriptor> listen_on(const base::Endpoint& endpoint);
/// The port that a listening socket got.
[[nodiscard]] base::Result<std::uint16_t> port_of(const base::Descriptor& socket);
/// A connected socket, non-blocking from then on, without Nagle's delay. Waits at most 5 s.
[[nodiscard]] base::Result<base::Descriptor> connect_to(const base::Endpoint& endpoint);
/// Watches `socket` for `events`; they come back with its number.
[[nodiscard]] bool watch(const base::Descriptor& epoll, int operation, int socket, std::uint32_t events);

}  // namespace trackalert::bench
