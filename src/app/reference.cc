// SPDX-License-Identifier: Apache-2.0
#include "app/reference.h"

#include <fmt/format.h>

#include <span>

#include "channel/kind.h"
#include "channel/routes.h"
#include "policy/bindings.h"

namespace trackalert::app {
namespace {

using policy::Acts;
using policy::FunctionRow;

/// Text for one cell of a table.
std::string cell(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '|' || c == '*' || c == '<') out += '\\';
    out += c;
  }
  return out;
}

const char* where(const FunctionRow& row) {
  if (row.only_reads) return "console";
  switch (row.acts) {
    case Acts::in_global:
      return "global";
    case Acts::in_global_and_client:
      return "global, client";
    case Acts::in_workers:
      return "workers";
    case Acts::everywhere:
      return "everywhere";
  }
  return "?";
}

/// name(parameter: type, ...); a method stands behind its object's type instead of naming it as a parameter.
std::string signature(const FunctionRow& row) {
  const bool is_method = !row.parameters.empty() && std::string_view(row.parameters.front().name) == "self";
  std::string out;
  if (is_method) out = policy::type_name(row.parameters.front().type) + std::string(":");
  out += row.name;
  out += '(';
  for (std::size_t i = is_method ? 1 : 0; i < row.parameters.size(); ++i) {
    if (!out.ends_with('(')) out += ", ";
    const auto& [name, type, optional] = row.parameters[i];
    out += fmt::format("{}{}: {}{}", optional ? "[" : "", name, policy::type_name(type), optional ? "]" : "");
  }
  return out + ")";
}

std::string function_tables(std::string_view title, std::span<const FunctionRow> rows) {
  std::string out = fmt::format("### {}\n\n| function | returns | acts | |\n|---|---|---|---|\n", title);
  for (const auto& row : rows) {
    out += fmt::format("| `{}` | {} | {} | {} |\n", signature(row), row.returns, where(row), cell(row.help));
  }
  return out + "\n";
}

std::string method_tables(std::span<const FunctionRow> rows) {
  std::string out;
  std::string_view type;
  for (const auto& row : rows) {
    const std::string_view own = policy::type_name(row.parameters.front().type);
    if (own != type) {
      out += fmt::format("{}### {}\n\n| method | returns | |\n|---|---|---|\n", type.empty() ? "" : "\n", own);
    }
    type = own;
    out += fmt::format("| `{}` | {} | {} |\n", signature(row), row.returns, cell(row.help));
  }
  return out + "\n";
}

std::string field_table() {
  std::string out = "### LoginTuple\n\n| field | type | may be written |\n|---|---|---|\n";
  for (const auto& field : policy::report_fields()) {
    out += fmt::format("| `{}` | {} | {} |\n", field.name, field.type, field.writable ? "yes" : "no");
  }
  return out;
}

std::string key_table(std::string_view title, std::string_view help, std::span<const channel::KeyRow> keys) {
  std::string out = fmt::format("### {}\n\n{}\n\n| key | | |\n|---|---|---|\n", title, cell(help));
  for (const auto& key : keys) {
    out += fmt::format("| `{}` | {}{} | {} |\n", key.name, channel::type_name(key.type), key.needed ? ", needed" : "",
                       cell(key.help));
  }
  return out + "\n";
}

std::string channel_tables() {
  std::string out = "## Channels\n\n";
  for (const auto& kind : channel::channel_kinds()) {
    out += key_table("addAlertChannel(name, \"" + kind.name + "\", {...})", kind.help, kind.keys);
  }
  out += key_table("Every channel", "Limits, which any kind may have.", channel::limit_keys());
  return out + key_table("routeAlerts{...}", "All that is said must hold.", channel::route_keys());
}

}  // namespace

std::string lua_reference() {
  return "## Functions\n\n" +  //
         function_tables("HTTP", policy::http_functions()) +
         function_tables("Lua functions, threads and limits", policy::lua_functions()) +
         function_tables("Console", policy::console_functions()) + function_tables("Log", policy::log_functions()) +
         function_tables("Addresses and networks", policy::address_functions()) +
         function_tables("GeoIP", policy::geo_functions()) + function_tables("Schedule", policy::schedule_functions()) +
         function_tables("Webhooks", policy::webhook_functions()) +
         function_tables("Statistics", policy::statistic_functions()) +
         function_tables("History: settings", policy::history_settings()) +
         function_tables("History: questions", policy::history_functions()) +
         function_tables("Profiles", policy::profile_functions()) +
         function_tables("Trends", policy::trend_functions()) +
         function_tables("History: console", policy::history_console_functions()) +
         function_tables("Detections", policy::detection_functions()) +
         function_tables("Alerts", policy::alert_functions()) +
         function_tables("Feedback", policy::feedback_functions()) +
         function_tables("Allow list", policy::allow_functions()) +
         function_tables("Channels of alerts", policy::channel_functions()) + "## Methods\n\n" +
         method_tables(policy::address_methods()) + method_tables(policy::geo_methods()) +
         method_tables(policy::history_methods()) + method_tables(policy::profile_methods()) +
         method_tables(policy::trend_methods()) + channel_tables() + "## Fields\n\n" + field_table();
}

}  // namespace trackalert::app
