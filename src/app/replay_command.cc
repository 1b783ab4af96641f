// SPDX-License-Identifier: Apache-2.0
// trackalert replay: past reports through the way that live ones take, with their own time as the clock.
#include <fmt/core.h>

#include <array>
#include <csignal>
#include <cstdio>
#include <filesystem>

#include "app/arguments.h"
#include "app/config_file.h"
#include "app/device_file.h"
#include "app/history_door.h"
#include "app/offline_config.h"
#include "app/output_file.h"
#include "app/replay_comparison.h"
#include "app/replay_history.h"
#include "app/replay_run.h"
#include "app/scratch_folder.h"
#include "app/subcommand.h"

namespace trackalert::app {
namespace {

constexpr const char* help =
    R"(Usage: trackalert replay [OPTION]... INPUT...
       trackalert replay [OPTION]... --from-history SINCE UNTIL
       trackalert replay [OPTION]... --diff A.conf B.conf INPUT...
Judges past reports by a configuration, as the daemon would have: detections, the Lua report function, scheduled
functions, allow list, alerts. The reports' own time is the clock.

An INPUT has a report on each line, as clients send it or `trackalert export` writes it, in the order of time; plain,
.gz, .zst, or - for standard input. Several are read one after the other.

  -C, --config FILE        the configuration; without it all detections that come with the daemon are on
      --from-history SINCE UNTIL
                           judge what the configuration's own history remembers of that time; the daemon may be running.
                           Times: 30d (ago), now, 2026-11-01, 2026-11-01T07:12:16Z, seconds since 1970
      --history DIR        put the history there and keep it: a new or empty directory, or a history to go on with,
                           which no daemon has open. Without it the history goes with the command
      --deliver            let the configured channels and custom webhooks tell what is found, to real receivers: old
                           alerts, as if they were new. Each is tried once, until setShutdownTimeoutSecs after the
                           last report
      --alerts FILE        write the alerts as JSON lines to FILE and not to standard output
      --summary-json FILE  write the summary, which goes to standard error, as JSON too
      --score              say how good the detections were, by the labels of the reports (as `trackalert generate`
                           writes them): campaigns found and how soon, accounts taken that were named, false alerts
      --score-json FILE    the same as JSON
      --diff A.conf B.conf judge by both, and show what one finds and the other does not. With --alerts, as JSON lines
                           too. With --from-history, -C says whose; else A.conf
  -R, --regexes FILE       parse user agents by FILE
  -v, --verbose            show every line that the policy logs, and what vinfoLog() and debugLog() say
  -h, --help               print this text

What Lua does by its own means (files, sockets, programs) happens. Custom webhooks and channels are off, but for
--deliver.

Exit status: 0; 1 for an error; 2 for wrong options; with --diff 3 if the two find something different.
)";

constexpr std::array<ArgumentRow, 12> rows{{{"--config", true, 'C'},
                                            {"--from-history", true, 0, true},
                                            {"--history"},
                                            {"--deliver", false},
                                            {"--alerts"},
                                            {"--summary-json"},
                                            {"--score", false},
                                            {"--score-json"},
                                            {"--diff", true, 0, true},
                                            {"--regexes", true, 'R'},
                                            {"--verbose", false, 'v'},
                                            {"--help", false, 'h'}}};

std::string absolute(const std::string& file) {
  return file == "-" ? file : absolute_name(file);
}

std::optional<std::string> absolute_value(const Arguments& arguments, std::string_view option) {
  const auto file = arguments.value(option);
  return file ? std::optional(absolute(*file)) : std::nullopt;
}

base::Result<void> write_score(const Arguments& arguments, const std::optional<Score>& score,
                               const std::optional<std::string>& file) {
  if (!score) return {};
  if (arguments.has("--score")) fmt::print(stderr, "{}", score_text(*score));
  return file ? write_whole(*file, score_json(*score)) : base::Result<void>{};
}

int judge_once(const Arguments& arguments, const ReplayWish& wish) {
  auto lines = OutputFile::open(absolute_value(arguments, "--alerts").value_or("-"));
  if (!lines) return complain(lines.error());
  const auto summary_file = absolute_value(arguments, "--summary-json");
  const auto score_file = absolute_value(arguments, "--score-json");
  const auto outcome = run_one_replay(wish, [&](const alert::Alert& alert) { lines->write(alert_json(alert) + "\n"); });
  if (!outcome) return complain(outcome.error());
  if (const auto written = lines->finish(); !written) return complain(written.error());
  fmt::print(stderr, "{}", summary_text(outcome->summary));
  if (outcome->undelivered > 0) fmt::print(stderr, "{} messages were not delivered\n", outcome->undelivered);
  if (summary_file) {
    if (const auto written = write_whole(*summary_file, summary_json(outcome->summary)); !written)
      return complain(written.error());
  }
  if (const auto written = write_score(arguments, outcome->score, score_file); !written)
    return complain(written.error());
  const auto& cut_short = outcome->cut_short;
  return cut_short ? complain(*cut_short) : 0;
}

std::optional<std::string> contradiction(const Arguments& arguments) {
  const bool from_history = arguments.has("--from-history");
  if (arguments.words().empty() && !from_history) return "it wants the name of a file, or -";
  if (!arguments.words().empty() && from_history) return "it reads either files or a history";
  if (!arguments.has("--diff")) return std::nullopt;
  for (const auto* option : {"--history", "--deliver", "--score", "--score-json", "--summary-json"}) {
    if (arguments.has(option)) return fmt::format("--diff and {} exclude each other", option);
  }
  if (arguments.has("--config") && !from_history) return "--diff names its configurations itself";
  return std::nullopt;
}

int replay(const Arguments& arguments) {
  // Read before any folder is changed.
  base::Log log(warnings_alone());
  auto config = absolute_value(arguments, "--config");
  std::vector<std::string> two;
  for (const auto& file : arguments.values("--diff")) two.push_back(absolute(file));
  if (!two.empty() && !config) config = two.front();
  const auto devices = device::DeviceParser::load(find_regexes(arguments.value("--regexes")).value_or(""), log);
  if (!devices) return complain(devices.error());
  ReplayWish wish{.config = config,
                  .history = absolute_value(arguments, "--history"),
                  .devices = **devices,
                  .score = arguments.has("--score") || arguments.has("--score-json"),
                  .deliver = arguments.has("--deliver"),
                  .verbose = arguments.has("--verbose")};
  for (const auto& word : arguments.words()) {
    wish.inputs.push_back({absolute(word), word == "-" ? "standard input" : word});
  }
  const auto scratch = ScratchFolder::make();
  if (!scratch) return complain(scratch.error());
  const auto here = std::filesystem::current_path();
  if (arguments.has("--from-history")) {
    const auto times = arguments.values("--from-history");
    auto input = reports_of_history(config, times[0], times[1], scratch->folder());
    if (!input) return complain(input.error());
    wish.inputs.push_back(std::move(*input));
    std::filesystem::current_path(here);
  }
  if (two.empty()) return judge_once(arguments, wish);
  const auto alerts = absolute_value(arguments, "--alerts");
  return compare_replays(wish, {two[0], two[1]}, {arguments.values("--diff")[0], arguments.values("--diff")[1]}, alerts,
                         scratch->folder());
}

}  // namespace

int run_replay(std::span<const std::string> words) {
  const auto arguments = Arguments::parse(words, rows);
  if (!arguments) return wrong_use("replay", arguments.error().message);
  if (arguments->has("--help")) {
    fmt::print("{}", help);
    return 0;
  }
  if (const auto problem = contradiction(*arguments)) return wrong_use("replay", *problem);
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGINT, [](int /*signal*/) { interrupt_replay(); });
  std::signal(SIGTERM, [](int /*signal*/) { interrupt_replay(); });
  return replay(*arguments);
}

}  // namespace trackalert::app
