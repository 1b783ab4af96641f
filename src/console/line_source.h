// SPDX-License-Identifier: Apache-2.0
// Where the interactive console's lines come from: a terminal with editing, or anything else (a pipe, a file).
#pragma once

#include <cstdio>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace trackalert::console {

/// Not thread safe.
class LineSource {
 public:
  virtual ~LineSource() = default;
  /// Prompts, and returns the next line without its newline; nullopt at the end of the input or when told to stop. An
  /// error ends the session.
  virtual base::Result<std::optional<std::string>> next() = 0;
  /// Makes a line available to the arrow keys.
  virtual void remember(std::string_view) {}
};

struct LineSourceOptions {
  std::FILE* in = stdin;  ///< only its descriptor is read
  std::FILE* out = stdout;
  int stop_fd = -1;                      ///< readable: stop. -1: never
  std::vector<std::string> completions;  ///< for the first word of a line
  /// ^C and the like put the terminal right before they do what they would have done. Not where signals are handled.
  bool catch_signals = true;
};

/// A longer line ends the session: it could not be sent anyway.
inline constexpr std::size_t max_line_size = 65519;
inline constexpr std::string_view prompt = "> ";

/// Editing when both ends are terminals, else plain lines, with the prompt and each line written to `out` so that a
/// session's output reads like a session.
[[nodiscard]] std::unique_ptr<LineSource> make_line_source(LineSourceOptions options);

[[nodiscard]] std::unique_ptr<LineSource> make_plain_lines(LineSourceOptions options);
/// With libedit. Restores the terminal after each line. While it waits for one, a SIGINT, SIGTERM, SIGHUP and the like
/// that the caller has not blocked restores the terminal, then goes to the process group and does what it did before.
/// Uses UTF-8 whatever the locale; showing it needs a UTF-8 LC_CTYPE.
[[nodiscard]] std::unique_ptr<LineSource> make_edited_lines(LineSourceOptions options);

}  // namespace trackalert::console
