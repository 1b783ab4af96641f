// SPDX-License-Identifier: Apache-2.0
// A connection's socket, with TLS on top or without. Nothing here blocks. Only for the thread of its event loop.
#pragma once

#include <openssl/types.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include "net/listen_socket.h"
#include "net/tls_context.h"

namespace trackalert::net {

struct IoResult {
  enum class Kind : std::uint8_t {
    done,
    wait,   ///< for the socket's next event, then the same again
    ended,  ///< by the peer, or broken
  };
  Kind kind;
  std::size_t count = 0;  ///< bytes, when done
};

class Transport {
 public:
  /// `socket` is non-blocking. Throws std::bad_alloc.
  Transport(base::Descriptor socket, const TlsContext& tls);

  [[nodiscard]] int fd() const { return socket_.get(); }
  [[nodiscard]] bool secure() const { return tls_ != nullptr; }

  IoResult handshake();
  IoResult read(char* into, std::size_t size);
  /// Takes from the front of both, one after the other.
  IoResult write(std::string_view first, std::string_view second);
  /// TLS: says goodbye and waits for the peer's. Done with a count of 0.
  IoResult shutdown_tls();
  /// From now on the bare socket.
  void drop_tls() { tls_.reset(); }

  /// Whether bytes have arrived that nobody has read.
  [[nodiscard]] bool has_input() const;
  void shutdown_send();
  void close();

 private:
  struct FreeSsl {
    void operator()(SSL* ssl) const;
  };

  IoResult tls_outcome(int result);

  base::Descriptor socket_;
  std::unique_ptr<SSL, FreeSsl> tls_;
};

}  // namespace trackalert::net
