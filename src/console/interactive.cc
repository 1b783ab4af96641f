// SPDX-License-Identifier: Apache-2.0
#include "console/interactive.h"

#include <poll.h>

#include "console/history_file.h"
#include "console/socket.h"

namespace trackalert::console {
namespace {

bool told_to_stop(int stop_fd) {
  return stop_fd >= 0 && wait_for(stop_fd, POLLIN, -1, deadline_in(std::chrono::milliseconds{0})) == Io::done;
}

}  // namespace

base::Result<InteractiveEnd> run_interactive(const InteractiveOptions& options, const RunLine& run) {
  HistoryFile history(options.history_file);
  const auto lines = make_line_source(options.lines);
  for (const auto& line : history.lines()) lines->remember(line);

  for (;;) {
    const auto read = lines->next();
    if (!read) return std::unexpected(read.error());
    const std::optional<std::string>& next = *read;
    if (!next) return told_to_stop(options.lines.stop_fd) ? InteractiveEnd::stopped : InteractiveEnd::end_of_input;
    const std::string& line = *next;
    if (history.add(line)) lines->remember(line);
    if (line == "quit") return InteractiveEnd::quit;

    const auto shown = run(line);
    if (!shown) return std::unexpected(shown.error());
    std::fwrite(shown->data(), 1, shown->size(), options.lines.out);
    std::fflush(options.lines.out);
    // A command may have been shutdown(); do not prompt once more.
    if (told_to_stop(options.lines.stop_fd)) return InteractiveEnd::stopped;
  }
}

}  // namespace trackalert::console
