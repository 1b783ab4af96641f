// SPDX-License-Identifier: Apache-2.0
#include "app/import_summary.h"

#include <fmt/format.h>

#include "base/json_writer.h"
#include "base/log.h"
#include "history/time_text.h"

namespace trackalert::app {
namespace {

constexpr std::string_view times_in_future = "times in the future";

void add_row(std::string& out, std::string_view what, std::uint64_t count, std::string_view note = {}) {
  out += fmt::format("{:<28}{:>12}", what, count);
  if (!note.empty()) out += fmt::format("  {}", base::escape_control(note));
  out += '\n';
}

}  // namespace

std::string summary_text(const ImportSummary& summary) {
  std::string out;
  for (const auto& file : summary.files) {
    out += fmt::format("{}: {}, {} lines", base::escape_control(file.name),
                       file.format.empty() ? "no format" : file.format, file.lines);
    if (file.again > 0) out += fmt::format(" after {} that an earlier import took", file.again);
    out += '\n';
  }
  const auto& [attempts, set_to_now, oldest, newest] = summary.taken;
  add_row(out, "lines read", summary.lines.lines);
  add_row(
      out, summary.dry ? "attempts found" : "attempts taken", attempts,
      oldest && newest ? fmt::format("{} to {}", history::format_time(*oldest), history::format_time(*newest)) : "");
  add_row(out, "lines of no login", summary.lines.other);
  add_row(out, "skipped", summary.lines.skipped_in_all());
  for (const auto& [reason, entry] : summary.lines.skipped) {
    add_row(out, "  " + base::escape_control(reason), entry.count, "first: " + entry.first);
  }
  if (set_to_now > 0) add_row(out, times_in_future, set_to_now, "taken as of now");
  if (summary.lines.again > 0) add_row(out, "lines taken before", summary.lines.again);
  if (summary.dry) out += "Nothing was written.\n";
  return out;
}

std::string summary_json(const ImportSummary& summary) {
  base::JsonWriter json;
  json.begin_object().key("files").begin_array();
  for (const auto& file : summary.files) {
    json.begin_object().key("name").value(file.name).key("format");
    if (file.format.empty())
      json.null();
    else
      json.value(file.format);
    json.key("lines").value(file.lines).key("taken_before").value(file.again).end_object();
  }
  json.end_array().key("lines").value(summary.lines.lines);
  json.key("attempts").value(summary.taken.attempts);
  json.key("no_login").value(summary.lines.other);
  json.key("skipped").begin_object();
  for (const auto& [reason, entry] : summary.lines.skipped) {
    json.key(reason).begin_object().key("count").value(entry.count).key("first").value(entry.first).end_object();
  }
  json.end_object().key("set_to_now").value(summary.taken.set_to_now);
  json.key("taken_before").value(summary.lines.again);
  for (const auto& [name, time] :
       {std::pair("oldest", summary.taken.oldest), std::pair("newest", summary.taken.newest)}) {
    json.key(name);
    if (time)
      json.value(history::format_time(*time));
    else
      json.null();
  }
  json.key("errors").begin_array();
  for (const auto& error : summary.errors) json.value(error);
  json.end_array().key("dry_run").value(summary.dry);
  return std::move(json.end_object()).text() + '\n';
}

}  // namespace trackalert::app
