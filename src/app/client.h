// SPDX-License-Identifier: Apache-2.0
// Client mode: -e and -c.
#pragma once

#include "app/options.h"
#include "base/log.h"

namespace trackalert::app {

/// Executes one command, or commands from a prompt, on a running daemon. Returns the exit status: 1 when no answer
/// came.
int run_client(const Options& options, base::Log& log);

}  // namespace trackalert::app
