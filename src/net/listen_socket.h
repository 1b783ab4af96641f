// SPDX-License-Identifier: Apache-2.0
// Listening TCP sockets: close-on-exec, non-blocking, and an address for any of IPv4 and IPv6.
#pragma once

#include "base/address.h"
#include "base/result.h"

namespace trackalert::net {

/// A descriptor that closes itself.
class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(other.release()) {}
  Descriptor& operator=(Descriptor&& other) noexcept;
  ~Descriptor();

  [[nodiscard]] int get() const { return fd_; }
  int release() {
    const int fd = fd_;
    fd_ = -1;
    return fd;
  }

 private:
  int fd_ = -1;
};

struct ListenSocket {
  Descriptor descriptor;
  base::Endpoint endpoint;  ///< with the real port
};

/// `dual_stack`: an IPv6 socket takes IPv4 too, which matters on [::] only. An error names the address.
[[nodiscard]] base::Result<ListenSocket> open_listen_socket(const base::Endpoint& endpoint, bool dual_stack);

}  // namespace trackalert::net
