// SPDX-License-Identifier: Apache-2.0
#include "app/subcommand.h"

#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <iostream>
#include <string_view>
#include <vector>

#include "base/log.h"

namespace trackalert::app {
namespace {

struct Subcommand {
  std::string_view name;
  int (*run)(std::span<const std::string> words);
};
constexpr std::array<Subcommand, 9> subcommands{{{"replay", run_replay},
                                                 {"import", run_import},
                                                 {"query", run_query},
                                                 {"export", run_export},
                                                 {"erase", run_erase},
                                                 {"history", run_history},
                                                 {"explain", run_explain},
                                                 {"alerts", run_alerts},
                                                 {"generate", run_generate}}};

}  // namespace

std::optional<int> run_subcommand(int argc, char** argv) {
  if (argc < 2) return std::nullopt;
  const auto* const at = std::ranges::find(subcommands, std::string_view(argv[1]), &Subcommand::name);
  if (at == subcommands.end()) return std::nullopt;
  const std::vector<std::string> words(argv + 2, argv + argc);
  return at->run(words);
}

int wrong_use(const std::string& command, const std::string& problem) {
  fmt::print(stderr, "trackalert {}: {}\nTry 'trackalert {} --help'\n", command, base::escape_control(problem),
             command);
  return 2;
}

bool confirmed(const std::string& question) {
  if (isatty(STDIN_FILENO) == 0) return false;
  fmt::print(stderr, "{} [y/N] ", question);
  std::string answer;
  std::getline(std::cin, answer);
  return answer == "y" || answer == "Y" || answer == "yes";
}

}  // namespace trackalert::app
