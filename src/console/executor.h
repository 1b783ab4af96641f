// SPDX-License-Identifier: Apache-2.0
// What the console needs from the rest of the daemon.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "crypto/console_key.h"

namespace trackalert::console {

class CommandExecutor {
 public:
  virtual ~CommandExecutor() = default;
  /// Runs one command, never an empty one, and returns the text to show. nullopt closes the connection without an
  /// answer, as the original does on shutdown().
  ///
  /// Called from the threads of the connections, several at a time. Must not call ConsoleServer::stop(), which waits
  /// for it: a command that ends the process tells the main thread. An exception is answered as "Error: ...".
  virtual std::optional<std::string> execute(std::string_view command) = 0;
};

/// The shared key as it is now; nullopt when there is no valid one. Called from any thread.
using KeySource = std::function<std::optional<crypto::Key>()>;

}  // namespace trackalert::console
