// SPDX-License-Identifier: Apache-2.0
// Client mode: -e and -c.
#pragma once

#include "app/options.h"
#include "base/log.h"
#include "base/result.h"
#include "policy/settings.h"

namespace trackalert::app {

/// What the configuration says, as far as a client needs it; defaults where it cannot be read.
base::Result<policy::Settings> client_settings(const std::optional<std::string>& config_file, base::Log& log);
/// Where the configuration's daemon has its console.
[[nodiscard]] base::Endpoint console_of(const policy::Settings& settings);

/// Executes one command, or commands from a prompt, on a running daemon. Returns the exit status: 1 when no answer
/// came.
int run_client(const Options& options, base::Log& log);

}  // namespace trackalert::app
