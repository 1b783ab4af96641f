// SPDX-License-Identifier: Apache-2.0
// trackalert replay: reports from a file through the way that live ones take, with their own time as the clock, into a
// history that goes with the command.
#include <fmt/core.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iostream>

#include "app/arguments.h"
#include "app/config_file.h"
#include "app/device_file.h"
#include "app/generation.h"
#include "app/history_door.h"
#include "app/replay.h"
#include "app/subcommand.h"
#include "policy/detection_files.h"

namespace trackalert::app {
namespace {

constexpr const char* help =
    R"(Usage: trackalert replay [OPTION]... INPUT...
Judges past reports by the detections of a configuration: JSON lines, as clients report them or `trackalert export`
writes them, in the order of time. INPUT may be -. Nothing is delivered, and no history is changed.

  -C, --config FILE        the configuration; without it all detections that come with the daemon are on
      --score              say how good they were, by the labels of the reports (as `trackalert generate` writes them):
                           campaigns found and how soon, accounts taken that were named, false alerts
      --score-json FILE    the same as JSON
      --alerts FILE        write the alerts as JSON lines to FILE and not to standard output
  -R, --regexes FILE       parse user agents by FILE
  -h, --help               print this text
)";

constexpr std::array<ArgumentRow, 6> rows{{{"--config", true, 'C'},
                                           {"--alerts"},
                                           {"--score", false},
                                           {"--score-json"},
                                           {"--regexes", true, 'R'},
                                           {"--help", false, 'h'}}};

/// A folder that goes with it, whatever lies in it.
class Scratch {
 public:
  Scratch() {
    std::string name = (std::filesystem::temp_directory_path() / "trackalert-replay-XXXXXX").string();
    if (mkdtemp(name.data()) != nullptr) folder_ = name;
  }
  ~Scratch() {
    std::error_code ignored;
    if (!folder_.empty()) std::filesystem::remove_all(folder_, ignored);
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  /// Empty: there is none.
  [[nodiscard]] const std::string& folder() const { return folder_; }

 private:
  std::string folder_;
};

void tell_if_bad(base::Level level, std::string_view line) {
  if (level <= base::Level::warning) fmt::print(stderr, "{}\n", line);
}

class NoControl final : public policy::Control {
  void shut_down(int /*exit_status*/) override {}
};

/// What a configuration says about judging, and its databases.
struct Judgement {
  std::shared_ptr<Generation> generation;  ///< null without a configuration
  policy::DetectionSetting detections;
  std::vector<alert::Allowance> allowances;
  std::size_t memory_bytes = history::Options{}.memory_bytes;
};

base::Result<Judgement> judgement(const std::optional<std::string>& config,
                                  const Generation::Surroundings& surroundings) {
  Judgement out;
  if (!config) {
    const auto folder = policy::detections_folder();
    if (!folder) return std::unexpected(folder.error());
    auto rules = policy::read_detections(*folder);
    if (!rules) return std::unexpected(rules.error());
    out.detections.rules = std::move(*rules);
    return out;
  }
  const auto name = enter_config_folder(config, surroundings.log);
  const auto source = read_config(name, surroundings.log);
  if (!source) return std::unexpected(source.error());
  auto generation = Generation::load(*source, surroundings, policy::Policy::Workers{0, 0});
  if (!generation) return std::unexpected(generation.error());
  out.generation = std::move(*generation);
  const auto settings = out.generation->policy().settings();
  out.detections = settings.detections;
  out.allowances = settings.allowances;
  out.memory_bytes = settings.history.memory_bytes;
  return out;
}

base::Result<void> read_input(Replay& replay, const std::string& input) {
  if (input == "-") return replay.read(std::cin);
  std::ifstream file(input, std::ios::binary);
  if (!file) return base::fail("cannot read {}", input);
  return replay.read(file);
}

base::Result<void> write_file(const std::string& file, const std::string& text) {
  std::ofstream out(file, std::ios::binary);
  out << text << std::flush;
  return out ? base::Result<void>{} : base::fail("cannot write {}", file);
}

base::Result<void> write_alerts(Replay& replay, const std::string& file) {
  const auto text = replay.take_alerts();
  if (file == "-") {
    std::cout << text << std::flush;
    return std::cout ? base::Result<void>{} : base::fail("cannot write the alerts");
  }
  return write_file(file, text);
}

base::Result<void> replay_all(const Arguments& arguments) {
  base::Log log({.syslog = false, .sink = tell_if_bad});
  base::FakeClock clock(base::WallTime{});
  policy::Statistics statistics(clock);
  NoControl control;
  const std::atomic<const policy::RunningHistory*> no_history{nullptr};
  // Names are relative to where the operator stands, not to the configuration.
  std::vector<std::string> inputs;
  for (const auto& word : arguments.words())
    inputs.push_back(word == "-" ? word : std::filesystem::absolute(word).string());
  auto alerts = arguments.value("--alerts").value_or("-");
  if (alerts != "-") alerts = std::filesystem::absolute(alerts).string();
  auto score_file = arguments.value("--score-json").value_or("");
  if (!score_file.empty()) score_file = std::filesystem::absolute(score_file).string();
  const auto devices = device::DeviceParser::load(find_regexes(arguments.value("--regexes")).value_or(""), log);
  if (!devices) return std::unexpected(devices.error());
  auto wanted = judgement(arguments.value("--config"), {log, clock, statistics, control, no_history});
  if (!wanted) return std::unexpected(wanted.error());
  const Scratch scratch;
  if (scratch.folder().empty()) return base::fail("cannot make a folder for the history of the replay");
  auto replay = Replay::open({.folder = scratch.folder(),
                              .detections = wanted->detections,
                              .allowances = wanted->allowances,
                              .memory_bytes = wanted->memory_bytes,
                              .places = wanted->generation ? &wanted->generation->geo() : nullptr,
                              .devices = **devices,
                              .clock = clock,
                              .log = log,
                              .registry = statistics.registry,
                              .score = arguments.has("--score") || arguments.has("--score-json")});
  if (!replay) return std::unexpected(replay.error());
  for (const auto& input : inputs) {
    if (auto read = read_input(**replay, input); !read) return read;
  }
  if (auto ended = (*replay)->finish(); !ended) return ended;
  if (auto written = write_alerts(**replay, alerts); !written) return written;
  fmt::print(stderr, "{}", (*replay)->summary());
  if (arguments.has("--score")) fmt::print(stderr, "{}", score_text((*replay)->scorer().score()));
  return score_file.empty() ? base::Result<void>{} : write_file(score_file, score_json((*replay)->scorer().score()));
}

}  // namespace

int run_replay(std::span<const std::string> words) {
  const auto arguments = Arguments::parse(words, rows);
  if (!arguments) return wrong_use("replay", arguments.error().message);
  if (arguments->has("--help")) {
    fmt::print("{}", help);
    return 0;
  }
  if (arguments->words().empty()) return wrong_use("replay", "it wants the name of a file, or -");
  const auto done = replay_all(*arguments);
  return done ? 0 : complain(done.error());
}

}  // namespace trackalert::app
