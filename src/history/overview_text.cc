// SPDX-License-Identifier: Apache-2.0
#include "history/overview_text.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/log.h"
#include "history/time_text.h"

namespace trackalert::history {
namespace {

/// Beyond, a cell is cut: a login may be a megabyte long.
constexpr std::size_t most_cell_bytes = 80;

std::string cell(std::string_view text) {
  auto out = base::escape_control(text.substr(0, most_cell_bytes));
  if (text.size() > most_cell_bytes) out += "...";
  return out.empty() ? "-" : out;
}

/// Columns as wide as their widest cell; the first row says what they hold.
class Table {
 public:
  using Row = std::vector<std::string>;
  explicit Table(Row heads) : rows_{std::move(heads)} {}
  void add(Row row) { rows_.push_back(std::move(row)); }
  [[nodiscard]] bool empty() const { return rows_.size() == 1; }

  [[nodiscard]] std::string text() const {
    std::vector<std::size_t> widths(rows_.front().size());
    for (const auto& row : rows_) {
      for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
    }
    std::string out;
    for (const auto& row : rows_) {
      std::string line;
      for (std::size_t i = 0; i < row.size(); ++i) line += fmt::format("{:<{}}  ", row[i], widths[i]);
      line.erase(line.find_last_not_of(' ') + 1);
      out += line + "\n";
    }
    return out;
  }

 private:
  std::vector<Row> rows_;
};

std::string moment(Time time) {
  return time == 0 ? "never" : format_time(time);
}

std::string line(std::string_view name, std::string_view value) {
  return fmt::format("{:<12}{}\n", name, value);
}

std::string size(std::uint64_t bytes) {
  return fmt::format("{:.1f} MiB", static_cast<double>(bytes) / (1 << 20));
}

std::string estimate(const DistinctSet& set) {
  return (set.exact() ? "" : "~") + std::to_string(set.count());
}

std::string trend_text(const std::vector<WindowSums>& trend, bool logins, bool remotes) {
  Table table({"last", "successes", "failures", "guesses", logins ? "logins" : "", remotes ? "remotes" : ""});
  for (const auto& [window, sums, has_sets] : trend) {
    table.add({window, std::to_string(sums.successes), std::to_string(sums.failures),
               has_sets ? estimate(sums.guesses) : "-", logins ? (has_sets ? estimate(sums.logins) : "-") : "",
               remotes ? (has_sets ? estimate(sums.remotes) : "-") : ""});
  }
  return "\n" + table.text();
}

std::string place_text(const geo::Place& place) {
  if (place.country_code.empty()) return "-";
  return cell(place.city.empty() ? place.country_code : place.country_code + " " + place.city);
}

std::string events_text(const EventsAnswer& events) {
  Table table({"time", "result", "login", "remote", "place", "protocol", "device"});
  for (const auto& event : events.events) {
    const auto& report = event.report;
    std::string result = report.success ? "success" : "failure";
    if (!report.fail_type.empty()) result += " (" + cell(report.fail_type) + ")";
    table.add({format_time(event.time), result, cell(report.login),
               has_remote(report) ? report.remote.to_string() : "-", place_text(event.place), cell(report.protocol),
               cell(device_text(report.device_attrs))});
  }
  if (table.empty()) return "\nno reports\n";
  return "\n" + table.text() + (events.next ? "... and older ones\n" : "");
}

std::string profile_text(const Profile& profile) {
  std::string out;
  for (const auto facet : profile_facets) {
    if (facet == Facet::hour_of_week) continue;  // 168 rows that nobody reads
    Table table({std::string(facet_name(facet)), "first seen", "last seen", "successes", "failures"});
    profile.for_each([&](Facet of, std::string_view value, const Usage& usage) {
      if (of != facet) return;
      table.add({cell(value_to_text(facet, value)), moment(usage.first), moment(usage.last),
                 std::to_string(usage.successes), std::to_string(usage.failures)});
    });
    if (!table.empty()) out += "\n" + table.text();
  }
  return out;
}

}  // namespace

std::string overview_text(const LoginOverview& overview) {
  std::string out = line("login", cell(overview.login));
  if (!overview.known()) return out + "never seen\n";
  const auto total = overview.profile.total();
  out += line("first seen", moment(total.first)) + line("last seen", moment(total.last));
  out += line("successes", fmt::format("{} on {} days", total.successes, total.success_days));
  out += line("failures", std::to_string(total.failures));
  return out + trend_text(overview.trend, false, true) + profile_text(overview.profile) + events_text(overview.events);
}

std::string overview_text(const RemoteOverview& overview) {
  const auto& remote = overview.remote;
  const bool is_address = remote.length == remote.address.bits();
  std::string out = is_address ? line("remote", remote.address.to_string()) : line("network", remote.to_string());
  if (!overview.known()) return out + "never seen\n";
  out += trend_text(overview.trend, true, !is_address);
  for (const auto& [facet, rows, approximate] : overview.tops) {
    Table table({std::string(facet_name(facet)), "reports in 30 days"});
    for (const auto& row : rows) table.add({cell(row.value), (approximate ? "~" : "") + std::to_string(row.score)});
    if (!table.empty()) out += "\n" + table.text();
  }
  return out + events_text(overview.events);
}

std::string status_text(const Status& status, const std::string& folder) {
  const auto when = [](const std::optional<Time>& time) { return time ? format_time(*time) : std::string("-"); };
  return line("directory", cell(folder)) + line("reports", std::to_string(status.reports)) +
         line("oldest", when(status.oldest)) + line("newest", when(status.newest)) +
         line("disk", size(status.disk_bytes)) + line("memory", size(status.memory_bytes)) +
         line("accepting", status.accepting ? "yes" : "no: " + base::escape_control(status.trouble));
}

}  // namespace trackalert::history
