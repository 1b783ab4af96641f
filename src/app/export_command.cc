// SPDX-License-Identifier: Apache-2.0
// trackalert export: reports as JSON lines. From a running daemon it takes a backup first, hard links mostly, and reads
// that, so that an export may take as long as it likes.
#include <fmt/core.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <memory>

#include "app/arrival_order.h"
#include "app/filter_arguments.h"
#include "app/history_door.h"
#include "app/output_file.h"
#include "app/progress.h"
#include "app/subcommand.h"
#include "history/query_json.h"

namespace trackalert::app {
namespace {

constexpr const char* help =
    R"(Usage: trackalert export [OPTION]...
Writes reports as JSON lines, as clients report them, in the order of their arrival: of the running daemon, or of its
directory if none runs. `trackalert replay` judges them again.

)";
constexpr const char* other_help =
    R"(
Other:
  -C, --config FILE        the daemon's configuration
  -o, --output FILE        write to FILE and not to standard output
  -h, --help               print this text
)";

constexpr std::array<ArgumentRow, 3> own_rows{
    {{"--config", true, 'C'}, {"--output", true, 'o'}, {"--help", false, 'h'}}};

volatile std::sig_atomic_t interrupted = 0;
void interrupt(int /*signal*/) {
  interrupted = 1;
}

/// What lies in the log, put in the order of arrival on the way.
base::Result<std::uint64_t> write_reports(const history::History& history, const history::Filter& filter,
                                          const std::string& folder, std::FILE* out) {
  Progress progress;
  std::uint64_t read = 0;
  std::uint64_t reports = 0;
  int error = 0;
  const auto walked = each_line_by_arrival(
      history, filter, folder,
      [&] {
        if (progress.is_due(++read)) progress.show(std::nullopt, read);
        return interrupted == 0;
      },
      [&](std::string_view line) {
        if (std::fwrite(line.data(), 1, line.size(), out) != line.size()) error = errno;
        if (progress.is_due(++reports)) progress.show(double(reports) / double(read), reports);
        return error == 0 && interrupted == 0;
      });
  if (error == 0 && std::fflush(out) != 0) error = errno;
  if (error == 0 && out != stdout && fsync(fileno(out)) != 0 && errno != EINVAL) error = errno;
  if (error != 0) return base::fail("cannot write the reports: {}", base::error_text(error));
  if (!walked) return std::unexpected(walked.error());
  if (interrupted != 0) return base::fail("interrupted, the export is not complete");
  return reports;
}

base::Result<std::uint64_t> export_reports(HistoryDoor& door, const history::Filter& filter, std::FILE* out) {
  const auto copy = door.open_copy();
  if (!copy) return std::unexpected(copy.error());
  return write_reports(*copy->history, filter, door.options().folder, out);
}

}  // namespace

int run_export(std::span<const std::string> words) {
  std::vector<ArgumentRow> rows(own_rows.begin(), own_rows.end());
  rows.insert(rows.end(), filter_rows().begin(), filter_rows().end());
  const auto arguments = Arguments::parse(words, rows);
  if (!arguments) return wrong_use("export", arguments.error().message);
  if (arguments->has("--help")) {
    fmt::print("{}{}{}", help, filter_help, other_help);
    return 0;
  }
  if (!arguments->words().empty()) return wrong_use("export", "what is " + arguments->words().front() + "?");
  const auto json = filter_json(*arguments);
  if (!json) return wrong_use("export", json.error().message);
  const auto value = base::parse_json(*json);
  const base::SystemClock clock;
  const auto filter = value ? history::parse_filter(*value, clock.now().time_since_epoch().count())
                            : base::Result<history::Filter>(std::unexpected(value.error()));
  if (!filter) return wrong_use("export", filter.error().message);

  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGINT, interrupt);
  std::signal(SIGTERM, interrupt);
  // Before the configuration's folder becomes ours.
  auto out = OutputFile::open(arguments->value("--output").value_or("-"));
  if (!out) return complain(out.error());
  auto door = HistoryDoor::find(arguments->value("--config"));
  if (!door) return complain(door.error());
  const auto written = export_reports(**door, *filter, out->stream());
  const auto closed = out->finish();
  if (!written) return complain(written.error());
  return closed ? 0 : complain(closed.error());
}

}  // namespace trackalert::app
