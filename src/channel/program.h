// SPDX-License-Identifier: Apache-2.0
// Runs one program to its end: no shell, nothing of ours inherited (descriptors, environment, signals), in a process
// group of its own, which is gone when this returns. Blocks; any thread.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "base/result.h"

namespace trackalert::channel {

struct ProgramCall {
  std::vector<std::string> command;      ///< absolute name, arguments
  std::vector<std::string> environment;  ///< "NAME=value"
  std::string input;                     ///< on its standard input
  std::chrono::milliseconds time_limit;  ///< then the group is killed
  std::size_t keep_bytes = 1000;         ///< of what it writes
  std::size_t most_output = 1UL << 20;   ///< more, and the group is killed
  int stop_fd = -1;                      ///< readable: the group is killed
};

struct ProgramEnd {
  int status = 0;      ///< exit status, or 128 + signal
  std::string killed;  ///< why we ended it; empty: it ended by itself
  std::string output;  ///< the begin of what it wrote to either output
};

/// An error: it could not be started.
[[nodiscard]] base::Result<ProgramEnd> run_program(const ProgramCall& call);

}  // namespace trackalert::channel
