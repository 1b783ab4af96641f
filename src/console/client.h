// SPDX-License-Identifier: Apache-2.0
// The client's side of the console protocol.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "base/address.h"
#include "base/result.h"
#include "console/socket.h"
#include "crypto/console_key.h"
#include "crypto/sealed_stream.h"

namespace trackalert::console {

/// One connection to a server. Blocks; not thread safe. After a failure it is of no more use.
///
/// A server that closes the connection gives "EOF while writing message", as it did in the original: after shutdown(),
/// and also when it has another key.
class ConsoleClient {
 public:
  struct Options {
    std::chrono::milliseconds connect_timeout{10'000};                ///< with the handshake
    std::chrono::milliseconds answer_timeout{std::chrono::hours{1}};  ///< a command may wait for a long Lua function
  };

  /// Connects and shakes hands; the key is not yet put to the test.
  static base::Result<ConsoleClient> connect(const base::Endpoint& server, const crypto::Key& key, Options options);
  static base::Result<ConsoleClient> connect(const base::Endpoint& server, const crypto::Key& key) {
    return connect(server, key, Options{});
  }

  /// Sends one command and returns the answer's text.
  base::Result<std::string> execute(std::string_view command);

 private:
  ConsoleClient(Socket socket, crypto::SealedStream stream, Options options);

  Socket socket_;
  crypto::SealedStream stream_;
  Options options_;
};

}  // namespace trackalert::console
