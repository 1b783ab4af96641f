// SPDX-License-Identifier: Apache-2.0
// The few socket calls of the benchmark programs. Errors name the address and the system's reason.
#pragma once

#include <utility>

#include "base/address.h"
#include "base/result.h"

namespace trackalert::bench {

/// Owns a file descriptor.
class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }
  ~Descriptor();

  [[nodiscard]] int get() const { return number_; }

 private:
  int number_ = -1;
};

/// A non-blocking listening socket, its address free for others that ask the same way (SO_REUSEPORT).
[[nodiscard]] base::Result<Descriptor> listen_on(const base::Endpoint& endpoint);
/// The port that a listening socket got.
[[nodiscard]] base::Result<std::uint16_t> port_of(const Descriptor& socket);
/// A connected socket, non-blocking from then on, without Nagle's delay. Waits at most 5 s.
[[nodiscard]] base::Result<Descriptor> connect_to(const base::Endpoint& endpoint);
/// Watches `socket` for `events`; they come back with its number.
[[nodiscard]] bool watch(const Descriptor& epoll, int operation, int socket, std::uint32_t events);

}  // namespace trackalert::bench
