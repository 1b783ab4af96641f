// SPDX-License-Identifier: Apache-2.0
#include "app/options.h"

#include <fmt/format.h>
#include <getopt.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>

#include "base/log.h"
#include "policy/version.h"

namespace trackalert::app {
namespace {

/// Values of the options that have no letter.
enum LongOnly { opt_version = 256, opt_check_config, opt_hash_password };

constexpr const char* help =
    R"(Usage: trackalert [OPTION]...
       trackalert query|export|erase|history|explain|alerts|replay|generate [OPTION]...
Receives login reports and runs a policy on them, to alert on abuse. The second form asks, copies, mends or has
forgotten what the history remembers, shows and handles alerts, or invents logins to try rules on; each command has a --help.

  -C, --config FILE      read the configuration from FILE, whose folder becomes the working directory
  -c, --client [FILE]    be a console client of a running daemon, with the configuration FILE
                         (as a long option: --client=FILE)
  -e, --execute COMMAND  have a running daemon execute COMMAND, print its answer and exit
  -s, --systemd          stay in the foreground without a console; quiet on standard output
  -D, --docker           stay in the foreground without a console; standard output with timestamps
  -d, --daemon           go to the background
  -R, --regexes FILE     parse user agents by FILE, a regexes.yaml of uap-core
  -f, --facility NAME    log to this syslog facility (default: daemon)
  -l, --loglevel N       print messages up to level N (0 to 7, default 6) on standard output
  -v                     be verbose
      --check-config     read the configuration, say what is wrong, and exit
      --hash-password    read a password from standard input and print a hash for setWebserverPassword()
      --version          print the version
  -h, --help             print this text
)";

constexpr std::array<option, 14> long_options{{
    {"config", required_argument, nullptr, 'C'},
    {"client", optional_argument, nullptr, 'c'},
    {"execute", required_argument, nullptr, 'e'},
    {"systemd", optional_argument, nullptr, 's'},
    {"daemon", optional_argument, nullptr, 'd'},
    {"docker", optional_argument, nullptr, 'D'},
    {"regexes", required_argument, nullptr, 'R'},
    {"facility", required_argument, nullptr, 'f'},
    {"loglevel", required_argument, nullptr, 'l'},
    {"help", no_argument, nullptr, 'h'},
    {"version", no_argument, nullptr, opt_version},
    {"check-config", no_argument, nullptr, opt_check_config},
    {"hash-password", no_argument, nullptr, opt_hash_password},
    {nullptr, 0, nullptr, 0},
}};

std::optional<int> leading_integer(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  int value = 0;
  if (std::from_chars(text.data(), text.data() + text.size(), value).ec != std::errc{}) return std::nullopt;
  return value;
}

Exit bad_option(int option, int argc, char** argv) {
  const bool is_missing_argument = option == ':';
  // getopt leaves the letter in optopt, or 0 for an unknown long name, which stands in the word before.
  const std::string name = optopt > 0 && optopt < 256     ? fmt::format("-{}", static_cast<char>(optopt))
                           : optind > 0 && optind <= argc ? argv[optind - 1]
                                                          : "?";
  if (is_missing_argument) return {1, fmt::format("Option '{}' requires an argument\n", name)};
  return {2, fmt::format("Option '{}' is invalid\nTry 'trackalert --help'\n", name)};
}

/// -c takes the next word as its file unless that is an option.
void take_client_file(Options& options, int argc, char** argv) {
  if (optarg != nullptr) {
    options.config_file = optarg;
  } else if (std::strcmp(argv[optind - 1], "-c") == 0 && optind < argc && argv[optind][0] != '-') {
    options.config_file = argv[optind++];
  }
}

/// What one option with a value says; an Exit where the value is bad.
std::optional<Exit> take_value(Options& options, int option) {
  if (option == 'C') options.config_file = optarg;
  if (option == 'R') options.regexes_file = optarg;
  if (option == 'f') {
    options.facility = base::facility_by_name(optarg);
    if (options.facility < 0) return Exit{1, "Bad log facility\n"};
  }
  if (option == 'l') {
    const auto level = leading_integer(optarg);
    if (!level) return Exit{1, fmt::format("Bad log level ({}) - must be an integer\n", optarg)};
    options.log_level = std::clamp(*level, -1, 7);
  }
  return std::nullopt;
}

}  // namespace

std::variant<Options, Exit> parse_command_line(int argc, char** argv) {
  using Mode = Options::Mode;
  Options options;
  bool client = false;
  opterr = 0;
  optind = 0;  // not 1: glibc then forgets a cluster of letters that an earlier parse left
  int option = 0;
  // The leading colon tells a missing argument from an unknown option.
  // NOLINTNEXTLINE(concurrency-mt-unsafe): no other thread exists yet
  while ((option = getopt_long(argc, argv, ":hsdDc::e:C:R:f:l:v", long_options.data(), nullptr)) != -1) {
    switch (option) {
      case 'h':
        return Exit{0, help};
      case opt_version:
        return Exit{0, fmt::format("trackalert {}\n", policy::version)};
      case opt_check_config:
        options.mode = Mode::check_config;
        break;
      case opt_hash_password:
        options.mode = Mode::hash_password;
        break;
      case 's':
        options.silent = true;
        if (options.mode == Mode::foreground) options.mode = Mode::systemd;
        break;
      case 'd':
        options.mode = Mode::daemon;
        break;
      case 'D':
        options.timestamps = true;
        if (options.mode == Mode::foreground) options.mode = Mode::docker;
        break;
      case 'v':
        options.verbose = true;
        options.log_level = 7;
        break;
      case 'c':
        client = true;
        take_client_file(options, argc, argv);
        break;
      case 'e':
        client = true;
        options.command = optarg;
        break;
      case ':':
      case '?':
        return bad_option(option, argc, argv);
      default:
        if (auto exit = take_value(options, option)) return *exit;
    }
  }
  if (client) options.mode = Mode::client;
  return options;
}

}  // namespace trackalert::app
