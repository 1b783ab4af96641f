// SPDX-License-Identifier: Apache-2.0
// The server's side of one control connection, from the handshake to its end.
#pragma once

#include <chrono>
#include <string>

#include "console/executor.h"
#include "console/socket.h"
#include "crypto/sealed_stream.h"

namespace trackalert::console {

struct SessionTimeouts {
  std::chrono::milliseconds handshake{10'000};
  std::chrono::milliseconds frame{10'000};  ///< from a frame's first byte to its last, and to send an answer
  /// Between the handshake and the first authentic command. Who has not shown the key keeps no place for long.
  std::chrono::milliseconds first_command{std::chrono::minutes{10}};
  std::chrono::milliseconds idle{std::chrono::hours{24}};
};

struct SessionEnd {
  enum class Kind {
    closed,         ///< by the peer between frames, by a command, by the stop signal, or idle for too long
    undecryptable,  ///< a frame that was not sealed with our key
    broken,         ///< anything else the peer or the network did wrong
  };
  Kind kind = Kind::closed;
  std::string reason;  ///< empty for closed
};

/// The handshake, then serve_commands().
[[nodiscard]] SessionEnd serve_session(Socket& socket, const KeySource& key, CommandExecutor& executor,
                                       const SessionTimeouts& timeouts);

/// Answers commands until the connection ends. The key is asked for before each command is opened and again before its
/// answer is sealed, so that the answer to setKey() is sealed with the new key already, as clients expect.
[[nodiscard]] SessionEnd serve_commands(Socket& socket, crypto::SealedStream stream, const KeySource& key,
                                        CommandExecutor& executor, const SessionTimeouts& timeouts);

}  // namespace trackalert::console
