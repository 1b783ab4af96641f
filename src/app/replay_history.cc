// SPDX-License-Identifier: Apache-2.0
#include "app/replay_history.h"

#include "app/arrival_order.h"
#include "app/history_door.h"
#include "app/output_file.h"
#include "app/progress.h"
#include "history/time_text.h"

namespace trackalert::app {

base::Result<ReplayInput> reports_of_history(const std::optional<std::string>& config, const std::string& since,
                                             const std::string& until, const std::string& folder) {
  auto door = HistoryDoor::find(config);
  if (!door) return std::unexpected(door.error());
  const auto now = (*door)->clock().now().time_since_epoch().count();
  const auto begin = history::parse_time(since, now);
  if (!begin) return std::unexpected(begin.error());
  const auto end = history::parse_time(until, now);
  if (!end) return std::unexpected(end.error());
  history::Filter filter;
  filter.since = *begin;
  filter.until = *end;
  const auto copy = (*door)->open_copy();
  if (!copy) return std::unexpected(copy.error());
  ReplayInput input{folder + "/reports.jsonl", "the history"};
  auto out = OutputFile::open(input.file);
  if (!out) return std::unexpected(out.error());
  Progress progress;
  std::uint64_t reports = 0;
  const auto walked = each_line_by_arrival(
      *copy->history, filter, folder,
      [&] {
        if (progress.is_due(++reports)) progress.show(std::nullopt, reports);
        return !replay_interrupted();
      },
      [&](std::string_view line) {
        out->write(line);
        return out->good() && !replay_interrupted();
      });
  if (!walked) return std::unexpected(walked.error());
  if (auto written = out->finish(); !written) return std::unexpected(written.error());
  return input;
}

}  // namespace trackalert::app
