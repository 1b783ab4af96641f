// SPDX-License-Identifier: Apache-2.0
#include "history/overview_text.h"

#include <fmt/format.h>

#include "history/table_text.h"
#include "history/time_text.h"

namespace trackalert::history {
namespace {

std::string line(std::string_view name, std::string_view value) {
  return fmt::format("{:<12}{}\n", name, value);
}

std::string size(std::uint64_t bytes) {
  return fmt::format("{:.1f} MiB", static_cast<double>(bytes) / (1 << 20));
}

std::string trend_text(const std::vector<WindowSums>& trend) {
  std::string out = fmt::format("\n{:<6}{:>10}{:>10}{:>10}{:>10}{:>10}\n", "last", "successes", "failures", "guesses",
                                "logins", "remotes");
  for (const auto& [window, sums, has_sets] : trend) {
    const auto width = [&has = has_sets](const DistinctSet& set) {
      return has ? (set.exact() ? "" : "~") + std::to_string(set.count()) : "-";
    };
    out += fmt::format("{:<6}{:>10}{:>10}{:>10}{:>10}{:>10}\n", window, sums.successes, sums.failures,
                       width(sums.guesses), width(sums.logins), width(sums.remotes));
  }
  return out;
}

std::string events_text(EventsAnswer events) {
  const bool more = std::exchange(events.next, std::nullopt).has_value();
  return "\n" + table_text(Answer{.rows = std::move(events)}) + (more ? "and older ones\n" : "");
}

}  // namespace

std::string overview_text(const LoginOverview& overview) {
  const auto head = line("login", printable(overview.login));
  if (!overview.known()) return head + "Never seen.\n";
  return head + trend_text(overview.trend) + "\n" + table_text(overview.profile) + events_text(overview.events);
}

std::string overview_text(const RemoteOverview& overview) {
  const auto& remote = overview.remote;
  const auto head = remote.length == remote.address.bits() ? line("remote", remote.address.to_string())
                                                           : line("network", remote.to_string());
  if (!overview.known()) return head + "Never seen.\n";
  std::string out = head + trend_text(overview.trend);
  for (const auto& [facet, rows, approximate] : overview.tops) {
    if (rows.empty()) continue;
    out += fmt::format("\n{}, by reports in 30 days\n", facet_name(facet));
    out += table_text(Answer{.rows = TopAnswer{rows}, .approximate = approximate});
  }
  return out + events_text(overview.events);
}

std::string status_text(const Status& status, const std::string& folder) {
  const auto when = [](const std::optional<Time>& time) { return time ? format_time(*time) : std::string("-"); };
  return line("directory", printable(folder)) + line("reports", std::to_string(status.reports)) +
         line("oldest", when(status.oldest)) + line("newest", when(status.newest)) +
         line("disk", size(status.disk_bytes)) + line("memory", size(status.memory_bytes)) +
         line("accepting", status.accepting ? "yes" : "no: " + printable(status.trouble));
}

}  // namespace trackalert::history
