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

const char* name_of(Command command) {
  switch (command) {
    case Command::show_login:
      return history_command_names[1];
    case Command::erase_login:
      return history_command_names[2];
    case Command::show_remote:
      return history_command_names[3];
    case Command::show_net:
      return history_command_names[4];
    default:
      return history_command_names[0];
  }
}

net::Response answer(const Backend& backend, Command command, const std::string& argument, std::string_view body) {
  switch (command) {
    case Command::show_login:
      return show_login(backend, argument);
    case Command::erase_login:
      return erase_login(backend, argument);
    case Command::show_remote:
      return show_remote(backend, argument);
    case Command::show_net:
      return show_net(backend, argument);
    default:
      return answer_query(backend, body);
  }
}

}  // namespace

void answer_from_history(const Backend& backend, const Route& route, std::string_view body, net::Reply reply) {
  if (backend.history == nullptr) return reply.send(failure(404, "history is off: setHistoryDir() turns it on"));
  if (body.size() > most_query_bytes) {
    return reply.send(failure(413, fmt::format("a query has at most {} bytes", most_query_bytes)));
  }
  backend.statistics.commands.add(name_of(route.command));
  backend.queries->submit([&backend, command = route.command, argument = route.argument,
                           own_body = std::string(body)] { return answer(backend, command, argument, own_body); },
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
