// SPDX-License-Identifier: Apache-2.0
// The command line.
#pragma once

#include <optional>
#include <string>
#include <variant>

namespace trackalert::app {

struct Options {
  enum class Mode { foreground, systemd, daemon, docker, client, check_config, hash_password };
  Mode mode = Mode::foreground;
  bool silent = false;                      ///< -s: no standard output once the configuration is read
  bool timestamps = false;                  ///< -D
  bool verbose = false;                     ///< -v
  int log_level = 6;                        ///< of standard output
  int facility = 3 << 3;                    ///< of syslog: LOG_DAEMON
  std::optional<std::string> config_file;   ///< none: the default places
  std::optional<std::string> command;       ///< -e
  std::optional<std::string> regexes_file;  ///< -R
};

/// What to print on standard output, and the status to exit with at once.
struct Exit {
  int status;
  std::string text;
};

[[nodiscard]] std::variant<Options, Exit> parse_command_line(int argc, char** argv);

}  // namespace trackalert::app
