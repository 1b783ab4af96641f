// SPDX-License-Identifier: Apache-2.0
#include "history/table_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <span>
#include <string_view>
#include <vector>

#include "base/log.h"
#include "base/utf8.h"
#include "history/profile_json.h"
#include "history/time_text.h"

namespace trackalert::history {
namespace {

using base::first_character;

bool between(char32_t code, char32_t first, char32_t last) {
  return code >= first && code <= last;
}

/// What moves text about without being seen: marks and overrides of direction, line separators, a byte order mark.
bool is_deceptive(char32_t code) {
  return code == 0x061c || between(code, 0x200b, 0x200f) || between(code, 0x2028, 0x202e) ||
         between(code, 0x2060, 0x206f) || code == 0xfeff;
}

std::size_t width_of(std::string_view printable_text) {
  return static_cast<std::size_t>(
      std::ranges::count_if(printable_text, [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

std::string cut(std::string text) {
  if (width_of(text) <= max_cell_width) return text;
  std::size_t at = 0;
  for (std::size_t i = 0; i + 1 < max_cell_width; ++i) at += first_character(std::string_view(text).substr(at)).bytes;
  return text.substr(0, at) + "\u2026";
}

std::string cell(std::string_view text) {
  return cut(printable(text));
}
std::string cell(std::uint64_t number) {
  return std::to_string(number);
}
std::string time_cell(Time time) {
  auto text = format_time(time);
  constexpr std::string_view no_fraction = ".000000Z";
  if (text.ends_with(no_fraction)) text.replace(text.size() - no_fraction.size(), no_fraction.size(), "Z");
  return text;
}

struct Column {
  std::string_view name;
  bool is_number = false;
};

class Table {
 public:
  explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {
    for (const auto& column : columns_) widths_.push_back(column.name.size());
  }

  void add(std::vector<std::string> cells) {
    for (std::size_t i = 0; i < cells.size(); ++i) widths_[i] = std::max(widths_[i], width_of(cells[i]));
    rows_.push_back(std::move(cells));
  }

  [[nodiscard]] std::string text() const {
    std::vector<std::string> heads;
    heads.reserve(columns_.size());
    for (const auto& column : columns_) heads.emplace_back(column.name);
    std::string out;
    append_row(out, heads);
    for (const auto& row : rows_) append_row(out, row);
    return out;
  }

 private:
  void append_row(std::string& out, const std::vector<std::string>& cells) const {
    std::string line;
    for (std::size_t i = 0; i < cells.size(); ++i) {
      if (i > 0) line += "  ";
      const std::string blanks(widths_[i] - width_of(cells[i]), ' ');
      line += columns_[i].is_number ? blanks + cells[i] : cells[i] + blanks;
    }
    line.erase(line.find_last_not_of(' ') + 1);
    out += line + "\n";
  }

  std::vector<Column> columns_;
  std::vector<std::size_t> widths_;
  std::vector<std::vector<std::string>> rows_;
};

std::string result_of(const login::Report& report) {
  std::string out = report.success ? "success" : "failure";
  if (report.policy_reject) out += ", rejected";
  if (!report.fail_type.empty()) out += ", " + report.fail_type;
  return out;
}

std::string rows_text(const CountAnswer& count) {
  if (count == CountAnswer{}) return "No reports.\n";
  Table table({{"successes", true}, {"failures", true}, {"total", true}});
  table.add({cell(count.successes), cell(count.failures), cell(count.successes + count.failures)});
  return table.text();
}

std::string rows_text(const EventsAnswer& answer) {
  if (answer.events.empty()) return "No reports.\n";
  Table table({{"time"}, {"login"}, {"remote"}, {"result"}, {"protocol"}, {"country"}, {"asn", true}, {"device"}});
  for (const auto& event : answer.events) {
    const auto text = [&event](Facet facet) { return cell(facet_text(facet, event)); };
    table.add({format_time(event.time), text(Facet::login), text(Facet::remote), cell(result_of(event.report)),
               text(Facet::protocol), text(Facet::country), text(Facet::asn), text(Facet::device)});
  }
  auto out = table.text();
  if (answer.next) out += fmt::format("More behind cursor {}\n", answer.next->to_string());
  return out;
}

std::string rows_text(const DistinctAnswer& distinct) {
  if (distinct.values == 0) return "No values.\n";
  return fmt::format("{} different {}\n", distinct.values, distinct.values == 1 ? "value" : "values");
}

std::string rows_text(const TopAnswer& top) {
  if (top.rows.empty()) return "No values.\n";
  Table table({{"score", true}, {"value"}});
  for (const auto& [value, score] : top.rows) table.add({cell(score), cell(value)});
  return table.text();
}

std::string rows_text(const SeriesAnswer& series) {
  if (series.rows.empty()) return "No reports.\n";
  Table table({{"from"}, {"successes", true}, {"failures", true}, {"total", true}});
  for (const auto& [start, successes, failures] : series.rows) {
    table.add({time_cell(start), cell(successes), cell(failures), cell(successes + failures)});
  }
  return table.text();
}

std::string rows_text(const SignificantAnswer& significant) {
  if (significant.rows.empty()) return "No significant values.\n";
  Table table({{"score", true}, {"within", true}, {"overall", true}, {"value"}});
  for (const auto& [value, score, within, overall] : significant.rows) {
    table.add({fmt::format("{:.2f}", score), cell(within), cell(overall), cell(value)});
  }
  return table.text();
}

std::string shown_value(Facet facet, const std::string& value) {
  if (facet != Facet::hour_of_week) return cell(value);
  static constexpr std::array days{"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
  const auto hours = static_cast<std::size_t>(std::stoul(value));  // value_to_text() wrote it
  return fmt::format("{} {:02}:00", days[hours / 24 % days.size()], hours % 24);
}

void add_usage(Table& table, std::string facet, std::string value, const Usage& usage) {
  table.add({std::move(facet), std::move(value), time_cell(usage.first), time_cell(usage.last), cell(usage.successes),
             cell(usage.failures), cell(usage.success_days)});
}

}  // namespace

std::string printable(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const auto [code, bytes] = first_character(text);
    if (bytes == 0) {
      out += fmt::format("\\x{:02x}", static_cast<unsigned char>(text.front()));
    } else if (between(code, 0x80, 0x9f)) {
      out += fmt::format("\\x{:02x}", static_cast<unsigned>(code));
    } else if (is_deceptive(code)) {
      out += fmt::format("\\u{:04x}", static_cast<unsigned>(code));
    } else {
      out += base::escape_control(text.substr(0, bytes));
    }
    text.remove_prefix(std::max<std::size_t>(bytes, 1));
  }
  return out;
}

std::string table_text(const Answer& answer) {
  auto out = std::visit([](const auto& rows) { return rows_text(rows); }, answer.rows);
  if (answer.approximate) out += "(approximate)\n";
  return out;
}

std::string table_text(const Profile& profile) {
  if (profile.empty()) return "Never seen.\n";
  Table table({{"facet"},
               {"value"},
               {"first seen"},
               {"last seen"},
               {"successes", true},
               {"failures", true},
               {"days with success", true}});
  add_usage(table, "all", "", profile.total());
  for (const auto facet : profile_facets) {
    const auto rows = profile_rows(profile, facet);
    for (const auto& [value, usage] : std::span(rows).first(std::min(rows.size(), max_shown_values))) {
      add_usage(table, std::string(facet_name(facet)), shown_value(facet, value), usage);
    }
    if (rows.size() > max_shown_values) {
      table.add({std::string(facet_name(facet)), fmt::format("and {} more", rows.size() - max_shown_values)});
    }
  }
  return table.text();
}

std::string table_text(const TrendSums& sums) {
  if (sums.successes + sums.failures == 0) return "No reports.\n";
  Table table({{"successes", true}, {"failures", true}, {"logins", true}, {"remotes", true}, {"guesses", true}});
  table.add({cell(sums.successes), cell(sums.failures), cell(sums.logins.count()), cell(sums.remotes.count()),
             cell(sums.guesses.count())});
  return table.text() + (is_approximate(sums) ? "(approximate)\n" : "");
}

}  // namespace trackalert::history
