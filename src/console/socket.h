// SPDX-License-Identifier: Apache-2.0
// TCP sockets as the console uses them: close-on-exec, never blocking without a deadline, and every wait ends at once
// when the owner raises its stop signal.
#pragma once

#include <chrono>
#include <optional>
#include <span>
#include <string_view>
#include <utility>

#include "base/address.h"
#include "base/descriptor.h"
#include "base/result.h"

namespace trackalert::console {

/// Real time, whatever clock the rest runs on: it bounds what the kernel waits for.
using Deadline = std::chrono::steady_clock::time_point;

[[nodiscard]] inline Deadline deadline_in(std::chrono::milliseconds time) {
  return std::chrono::steady_clock::now() + time;
}

/// Raised once, from any thread; stays raised.
class StopSignal {
 public:
  StopSignal();
  void raise();
  /// Readable from then on.
  [[nodiscard]] int fd() const { return event_.get(); }

 private:
  base::Descriptor event_;
};

enum class Io {
  done,
  end,        ///< the peer closed its side
  timed_out,  ///< the deadline passed
  stopped,    ///< the stop signal was raised
  failed,     ///< see Socket::error_number()
};

/// Waits until `fd` is ready for `events` (POLLIN, POLLOUT). `stop_fd` may be -1.
[[nodiscard]] Io wait_for(int fd, short events, int stop_fd, Deadline deadline);

/// One connection. Used by one thread.
class Socket {
 public:
  /// `stop_fd` is borrowed and may be -1: then nothing but the deadlines ends a wait.
  explicit Socket(base::Descriptor descriptor, int stop_fd = -1)
      : descriptor_(std::move(descriptor)), stop_fd_(stop_fd) {}

  [[nodiscard]] Io wait_readable(Deadline deadline);
  /// All of `out`, or why not; then `*got`, if given, says how much of it came.
  [[nodiscard]] Io read(std::span<char> out, Deadline deadline, std::size_t* got = nullptr);
  [[nodiscard]] Io write(std::string_view data, Deadline deadline);

  /// The errno of the last Io::failed.
  [[nodiscard]] int error_number() const { return error_number_; }

 private:
  base::Descriptor descriptor_;
  int stop_fd_;
  int error_number_ = 0;
};

/// Binds with SO_REUSEADDR and listens. Errors read "binding socket to 127.0.0.1:4004: Address already in use".
[[nodiscard]] base::Result<base::Descriptor> listen_on(const base::Endpoint& endpoint);

/// Errors read "connecting socket to 127.0.0.1:4004: Connection refused".
[[nodiscard]] base::Result<base::Descriptor> connect_to(const base::Endpoint& endpoint,
                                                        std::chrono::milliseconds timeout);

struct Accepted {
  base::Descriptor descriptor;
  base::Endpoint peer;  ///< IPv4-mapped IPv6 has become IPv4
};
/// The next waiting connection, with keep-alive on. nullopt: none, or errno says why.
[[nodiscard]] std::optional<Accepted> accept_from(const base::Descriptor& listener);

/// The address that a socket is bound to.
[[nodiscard]] base::Endpoint local_endpoint(const base::Descriptor& socket);

/// The text of an errno.

}  // namespace trackalert::console
