// SPDX-License-Identifier: Apache-2.0
// Commands beside the daemon: `trackalert query`, `export`, `erase`, `history` about the history; `explain` and
// `alerts` about alerts; `import`, `replay` and `generate`. They are the first word of the command line or none:
// everything else is for options.h, as in the original, which ignored words.
#pragma once

#include <optional>
#include <span>
#include <string>

#include "app/arguments.h"

namespace trackalert::app {

/// The exit status: 0, 1 for an error, 2 for a wrong use; nothing if the command line names no such command.
std::optional<int> run_subcommand(int argc, char** argv);

// Each gets the words behind its name.
int run_query(std::span<const std::string> words);
int run_export(std::span<const std::string> words);
int run_erase(std::span<const std::string> words);
int run_history(std::span<const std::string> words);
int run_explain(std::span<const std::string> words);
int run_import(std::span<const std::string> words);
int run_follow(const Arguments& arguments);  ///< of import, with --follow
int run_replay(std::span<const std::string> words);
int run_alerts(std::span<const std::string> words);
int run_generate(std::span<const std::string> words);

/// Says what is wrong with the words and where to read on; returns 2.
int wrong_use(const std::string& command, const std::string& problem);
/// Asks on the terminal; false if there is none.
bool confirmed(const std::string& question);

}  // namespace trackalert::app
