// SPDX-License-Identifier: Apache-2.0
// trackalert history: checks, mends or copies the directory.
#include <fmt/core.h>

#include <array>

#include "app/arguments.h"
#include "app/config_file.h"
#include "app/history_door.h"
#include "app/subcommand.h"
#include "history/rocksdb/check.h"

namespace trackalert::app {
namespace {

using history::rocksdb::Workshop;

constexpr const char* help =
    R"(Usage: trackalert history check [--derived] [-C FILE] [DIR]
       trackalert history repair [--yes] [-C FILE] [DIR]
       trackalert history backup DIR [-C FILE]

check reads all of a history and says what is damaged; status 1 if anything is. repair keeps what can be read of a
damaged one and says what is lost; an undamaged one it leaves as it is. Both want that no daemon has it open. DIR is
the history's directory, else that of the configuration. backup writes a copy of a running daemon's history into DIR,
which must not exist.

      --derived            also make profiles and trends anew from the reports, and compare
      --yes                do not ask; without a terminal it must be given
  -C, --config FILE        the daemon's configuration
  -h, --help               print this text
)";

constexpr std::array<ArgumentRow, 4> rows{
    {{"--derived", false}, {"--yes", false}, {"--config", true, 'C'}, {"--help", false, 'h'}}};

base::Result<Workshop> workshop_of(HistoryDoor& door, const std::optional<std::string>& folder) {
  auto options = door.options();
  if (folder) options.folder = *folder;
  if (options.folder.empty()) return base::fail("the configuration has no setHistoryDir(), and no directory is given");
  return Workshop{.options = std::move(options), .clock = door.clock(), .log = door.log()};
}

int show_check(const Workshop& workshop, bool derived) {
  const auto report = history::rocksdb::check(workshop, derived);
  if (!report) return complain(report.error());
  for (const auto& line : report->damage) fmt::print("{}\n", base::escape_control(line));
  fmt::print("{} reports, {} segments", report->reports, report->segments);
  if (derived && report->compared + report->left_out > 0) {
    fmt::print("; {} profiles and trends compared, {} left out", report->compared, report->left_out);
  }
  fmt::print(": {}\n", report->damage.empty() ? "no damage" : "damaged");
  return report->damage.empty() ? 0 : 1;
}

int show_repair(const Workshop& workshop) {
  const auto report = history::rocksdb::repair(workshop);
  if (!report) return complain(report.error());
  if (report->undamaged) {
    fmt::print("no damage, nothing was done\n");
    return 0;
  }
  for (const auto& line : report->damage) fmt::print("{}\n", base::escape_control(line));
  for (const auto& line : report->lost) fmt::print("lost: {}\n", base::escape_control(line));
  if (report->rebuilt_indexes) fmt::print("the indexes were made anew\n");
  if (report->rebuilt_derived) fmt::print("profiles and trends were made anew from the reports\n");
  fmt::print("mended\n");
  return 0;
}

int backup(HistoryDoor& door, const std::string& folder) {
  const auto told = door.ask_daemon("backupHistory", folder);
  if (!told) return complain(told.error());
  if (const auto& answer = *told) {
    fmt::print("{}", *answer);
    return 0;
  }
  auto history = door.open();
  if (!history) return complain(history.error());
  auto watch = door.open_alerts(**history);
  if (!watch) return complain(watch.error());
  if (auto done = alert::backup(**history, watch->get(), folder); !done) return complain(done.error());
  fmt::print("The history was copied to {}\n", base::escape_control(folder));
  return 0;
}

}  // namespace

int run_history(std::span<const std::string> words) {
  const auto arguments = Arguments::parse(words, rows);
  if (!arguments) return wrong_use("history", arguments.error().message);
  if (arguments->has("--help")) {
    fmt::print("{}", help);
    return 0;
  }
  const auto& rest = arguments->words();
  const std::string verb = rest.empty() ? "" : rest.front();
  if (verb != "check" && verb != "repair" && verb != "backup")
    return wrong_use("history", "it wants check, repair or backup");
  if (rest.size() > 2 || (verb == "backup" && rest.size() != 2)) return wrong_use("history", "it wants one directory");
  // Where the operator stands, before the configuration's folder becomes ours.
  const auto folder = rest.size() == 2 ? std::optional(absolute_name(rest[1])) : std::nullopt;
  auto door = HistoryDoor::find(arguments->value("--config"));
  if (!door) return complain(door.error());
  if (verb == "backup") return backup(**door, folder.value_or(""));
  const auto workshop = workshop_of(**door, folder);
  if (!workshop) return complain(workshop.error());
  if (verb == "check") return show_check(*workshop, arguments->has("--derived"));
  const auto question = fmt::format("Repair {}? What is damaged beyond reading goes. A copy first is a good idea.",
                                    base::escape_control(workshop->options.folder));
  if (!arguments->has("--yes") && !confirmed(question)) {
    return complain({"nothing was done; without a terminal, --yes must be given"});
  }
  return show_repair(*workshop);
}

}  // namespace trackalert::app
