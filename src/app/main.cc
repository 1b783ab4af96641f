// SPDX-License-Identifier: Apache-2.0
#include <cstdio>

#include "app/client.h"
#include "app/daemon.h"
#include "app/hash_password.h"
#include "app/options.h"
#include "app/process_limits.h"
#include "app/subcommand.h"

using namespace trackalert;

int main(int argc, char** argv) {
  app::keep_memory_private();
  if (const auto status = app::run_subcommand(argc, argv)) return *status;
  const auto parsed = app::parse_command_line(argc, argv);
  if (const auto* exit = std::get_if<app::Exit>(&parsed)) {
    std::fputs(exit->text.c_str(), stdout);
    return exit->status;
  }
  const auto& options = std::get<app::Options>(parsed);
  if (options.mode == app::Options::Mode::hash_password) return app::hash_password_from_stdin();

  base::Log::Options log_options;
  log_options.stdout_level = options.log_level;
  log_options.stdout_timestamps = options.timestamps;
  log_options.verbose = options.verbose;
  log_options.facility = options.facility;
  base::Log log(log_options);
  if (options.mode == app::Options::Mode::client) return app::run_client(options, log);
  return app::run_daemon(options, log);
}
