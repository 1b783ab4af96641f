// SPDX-License-Identifier: Apache-2.0
// What the console shows of the history and does to it.
#include <algorithm>

#include "alert/watch.h"
#include "history/answer_json.h"
#include "history/overview_text.h"
#include "history/query_json.h"
#include "history/table_text.h"
#include "policy/bindings.h"
#include "policy/history_access.h"

namespace trackalert::policy {
namespace {

int show_history(Call& call) {
  const auto& running = running_history(call);
  *call.context().output += history::status_text(running.history.status(), running.options.folder);
  return 0;
}

int show_login(Call& call) {
  const auto overview = answered(history::login_overview(running_history(call).history, call.text(1),
                                                         call.context().services.clock, console_limits));
  *call.context().output += history::overview_text(overview);
  return 0;
}

int show_remote(Call& call) {
  const auto remote = base::parse_prefix(call.text(1));
  if (!remote) throw FunctionError(fmt::format("showRemote() takes an address or a network, not \"{}\"", call.text(1)));
  const base::Prefix network{remote->address.masked(remote->length), remote->length};
  const auto overview = answered(
      history::remote_overview(running_history(call).history, network, call.context().services.clock, console_limits));
  *call.context().output += history::overview_text(overview);
  return 0;
}

int erase_login(Call& call) {
  const auto& running = running_history(call);
  const auto erased = alert::erase_login(running.history, running.watch, call.text(1));
  if (!erased) throw FunctionError(erased.error().message);
  // Which one is what should be forgotten.
  call.context().services.log.notice("One login was erased from the history, {} reports", *erased);
  *call.context().output += fmt::format("{} reports erased\n", *erased);
  return 0;
}

int backup_history(Call& call) {
  const auto folder = call.text(1);
  const auto& running = running_history(call);
  const auto done = alert::backup(running.history, running.watch, folder);
  if (!done) throw FunctionError(done.error().message);
  call.context().services.log.notice("The history was copied to {}", base::escape_control(folder));
  *call.context().output += fmt::format("The history was copied to {}\n", base::escape_control(folder));
  return 0;
}

/// Fewer events, until what is left fits; the cursor says where to go on.
std::string fitting_json(history::Answer answer) {
  auto json = history::answer_json(answer);
  auto* found = std::get_if<history::EventsAnswer>(&answer.rows);
  while (json.size() > most_console_bytes) {
    if (found == nullptr || found->events.size() <= 1) {
      throw FunctionError(fmt::format("the answer has more than {} bytes: ask for fewer rows", most_console_bytes));
    }
    found->events.resize(found->events.size() / 2);
    const auto& last = found->events.back();
    found->next = history::Cursor{last.time, last.sequence};
    json = history::answer_json(answer);
  }
  return json;
}

int history_query(Call& call) {
  auto query = history::parse_query(call.text(1), now_of(call));
  if (!query) throw FunctionError(query.error().message);
  query->limits.time = std::min(query->limits.time, console_limits.time);
  query->limits.memory_bytes = std::min(query->limits.memory_bytes, most_lua_answer_bytes);
  return call.returns(fitting_json(answered(running_history(call).history.query(*query))));
}

int show_query(Call& call) {
  auto query = history::parse_query(call.text(1), now_of(call));
  if (!query) throw FunctionError(query.error().message);
  query->limits.time = std::min(query->limits.time, console_limits.time);
  query->limits.memory_bytes = std::min(query->limits.memory_bytes, most_lua_answer_bytes);
  const auto text = history::table_text(answered(running_history(call).history.query(*query)));
  if (text.size() > most_console_bytes) {
    throw FunctionError(fmt::format("the answer has more than {} bytes: ask for fewer rows", most_console_bytes));
  }
  *call.context().output += text;
  return 0;
}

}  // namespace

std::span<const FunctionRow> history_console_functions() {
  static const std::vector<FunctionRow> rows{
      {"showHistory",
       Acts::in_global,
       {},
       "",
       "Shows where the history lies, how much it holds, and whether it takes reports.",
       &show_history,
       nullptr,
       false,
       true},
      {"showLogin",
       Acts::in_global,
       {{"login", Type::text}},
       "",
       "Shows what is known of a login: profile, trend, newest reports.",
       &show_login,
       nullptr,
       false,
       true},
      {"showRemote",
       Acts::in_global,
       {{"remote", Type::text}},
       "",
       "Shows what is known of an address or a network: trend, logins, places, devices, newest reports.",
       &show_remote,
       nullptr,
       false,
       true},
      {"historyQuery",
       Acts::in_global,
       {{"query", Type::text}},
       "string",
       "The answer to a question to the history, both as JSON as in POST /api/v1/history/query; fewer events and a "
       "cursor where the answer would not fit into 64 kB.",
       &history_query,
       nullptr,
       false,
       true},
      {"showQuery",
       Acts::in_global,
       {{"query", Type::text}},
       "",
       "Shows the answer to a question to the history, which is JSON as in POST /api/v1/history/query, as a table.",
       &show_query,
       nullptr,
       false,
       true},
      {"eraseLogin",
       Acts::in_global,
       {{"login", Type::text}},
       "",
       "Forgets a login: its reports, its profile, its trend.",
       &erase_login},
      {"backupHistory",
       Acts::in_global,
       {{"directory", Type::text}},
       "",
       "Writes a copy of the history as it is now into a new directory.",
       &backup_history},
  };
  return rows;
}

}  // namespace trackalert::policy
