// SPDX-License-Identifier: Apache-2.0
#include "api/history_routes.h"

#include <algorithm>

#include "api/answers.h"
#include "history/answer_json.h"
#include "history/query_json.h"

namespace trackalert::api {
namespace {

/// An answer lies in memory twice, as values and as text, and two may be under way.
constexpr std::size_t most_answer_bytes = std::size_t{64} << 20;
/// A question waits with its body.
constexpr std::size_t most_query_bytes = 64UL << 10;

struct CommandRow {
  Command command;
  const char* name;
  net::Response (*answer)(const Backend& backend, const Change& asked);
  bool of_alerts = false;  ///< wants Backend::watch
};

template <net::Response (*answer)(const Backend&, const std::string&)>
net::Response about(const Backend& backend, const Change& asked) {
  return answer(backend, asked.argument);
}
template <net::Response (*answer)(const Backend&)>
net::Response all(const Backend& backend, const Change& /*asked*/) {
  return answer(backend);
}
net::Response query(const Backend& backend, const Change& asked) {
  return answer_query(backend, asked.body);
}

constexpr std::array<CommandRow, history_command_names.size()> rows{{
    {Command::history_query, history_command_names[0], &query},
    {Command::show_login, history_command_names[1], &about<show_login>},
    {Command::erase_login, history_command_names[2], &erase_login},
    {Command::show_remote, history_command_names[3], &about<show_remote>},
    {Command::show_net, history_command_names[4], &about<show_net>},
    {Command::explain_login, history_command_names[5], &about<explain_login>},
    {Command::list_alerts, history_command_names[6], &about<list_alerts>, true},
    {Command::show_alert, history_command_names[7], &about<show_alert>, true},
    {Command::explain_alert, history_command_names[8], &about<explain_alert>, true},
    {Command::list_allowances, history_command_names[9], &all<list_allowances>, true},
    {Command::allow, history_command_names[10], &allow, true},
    {Command::disallow, history_command_names[11], &disallow, true},
    {Command::list_deliveries, history_command_names[12], &about<list_deliveries>, true},
    {Command::resend_delivery, history_command_names[13], &resend_delivery, true},
    {Command::handle_alert, history_command_names[14], &handle_alert, true},
    {Command::give_feedback, history_command_names[15], &give_feedback, true},
    {Command::list_verdicts, history_command_names[16], &about<list_verdicts>, true},
    {Command::show_feedback, history_command_names[17], &all<show_feedback>, true},
}};

}  // namespace

void answer_from_history(const Backend& backend, const Route& route, const base::Endpoint& peer, std::string_view body,
                         net::Reply reply) {
  if (backend.history == nullptr) return reply.send(failure(404, "history is off: setHistoryDir() turns it on"));
  if (body.size() > most_query_bytes) {
    return reply.send(failure(413, fmt::format("a query has at most {} bytes", most_query_bytes)));
  }
  const auto* row = std::ranges::find(rows, route.command, &CommandRow::command);
  backend.statistics.commands.add(row->name);
  if (row->of_alerts && backend.watch == nullptr) return reply.send(failure(404, "there are no alerts here"));
  backend.queries->submit([&backend, row, peer, argument = route.argument,
                           own_body = std::string(body)] { return row->answer(backend, {argument, own_body, peer}); },
                          std::move(reply));
}

net::Response failed_query(const history::QueryError& error) {
  using Kind = history::QueryError::Kind;
  switch (error.kind) {
    case Kind::bad_query:
      return failure(400, error.message);
    case Kind::limit:
      return failure(422, error.message);
    case Kind::storage:
      break;
  }
  return busy(error.message);
}

net::Response answer_query(const Backend& backend, std::string_view body) {
  auto query = history::parse_query(body, backend.clock.now().time_since_epoch().count());
  if (!query) return failure(400, query.error().message);
  query->limits.memory_bytes = std::min(query->limits.memory_bytes, most_answer_bytes);
  const auto found = backend.history->query(*query);
  if (!found) return failed_query(found.error());
  return {.status = 200, .body = history::answer_json(*found)};
}

}  // namespace trackalert::api
