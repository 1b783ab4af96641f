// SPDX-License-Identifier: Apache-2.0
// Listening TCP sockets: close-on-exec, non-blocking, and an address for any of IPv4 and IPv6.
#pragma once

#include "base/address.h"
#include "base/descriptor.h"
#include "base/result.h"

namespace trackalert::net {

struct ListenSocket {
  base::Descriptor descriptor;
  base::Endpoint endpoint;  ///< with the real port
};

/// `dual_stack`: an IPv6 socket takes IPv4 too, which matters on [::] only. An error names the address.
[[nodiscard]] base::Result<ListenSocket> open_listen_socket(const base::Endpoint& endpoint, bool dual_stack);

/// Closing it will reset the connection: the client learns at once, and nothing of it stays here.
void reset_on_close(int fd);

}  // namespace trackalert::net
