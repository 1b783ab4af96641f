// SPDX-License-Identifier: Apache-2.0
// The interactive console: of the client, and of a server in the foreground.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "console/line_source.h"

namespace trackalert::console {

struct InteractiveOptions {
  LineSourceOptions lines{};
  std::string history_file = ".history";  ///< in the working directory; empty: none
};

/// Runs one line, an empty one too, and returns exactly what is to be written to the output. An error ends the session.
using RunLine = std::function<base::Result<std::string>(std::string_view line)>;

enum class InteractiveEnd { quit, end_of_input, stopped };

/// Prompts, reads, runs and shows until the line "quit", the end of the input, or options.lines.stop_fd becoming
/// readable, which is noticed while it waits at the prompt. Returns run's error if that ended it.
base::Result<InteractiveEnd> run_interactive(const InteractiveOptions& options, const RunLine& run);

}  // namespace trackalert::console
