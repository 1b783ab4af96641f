// SPDX-License-Identifier: Apache-2.0
// trackalert query: a question to the history, as a table or as JSON.
#include <fmt/core.h>

#include <array>
#include <charconv>
#include <iostream>
#include <iterator>

#include "app/filter_arguments.h"
#include "app/history_door.h"
#include "app/subcommand.h"
#include "base/json_writer.h"
#include "history/answer_json.h"
#include "history/query_json.h"
#include "history/table_text.h"

namespace trackalert::app {
namespace {

constexpr const char* help =
    R"(Usage: trackalert query [OPTION]...
Asks the history about reports: the running daemon, or its directory if none runs.

What to show (default: --events 20):
      --events N           the newest N reports; with --cursor C those behind an earlier page
      --count              how many
      --distinct FACET     how many different values
      --top FACET          the values with most reports; --by count|failures|distinct, --of FACET, --limit N
      --series DURATION    counts by time, as 1h
      --significant FACET  values that are more frequent here than among all reports; --limit N
      --json-query TEXT    all of the question as JSON, as in POST /api/v1/history/query; - reads it from standard input

FACET: login, remote, net, asn, country, device, protocol, fail_type, pwhash, hour_of_week

)";
constexpr const char* other_help =
    R"(
Other:
  -C, --config FILE        the daemon's configuration
      --json               print the answer as JSON; many events come by the page, with a cursor
  -h, --help               print this text
)";

constexpr std::array<ArgumentRow, 14> own_rows{{{"--config", true, 'C'},
                                                {"--help", false, 'h'},
                                                {"--json", false},
                                                {"--events"},
                                                {"--cursor"},
                                                {"--count", false},
                                                {"--distinct"},
                                                {"--top"},
                                                {"--by"},
                                                {"--of"},
                                                {"--limit"},
                                                {"--series"},
                                                {"--significant"},
                                                {"--json-query"}}};

base::Result<void> add_number(base::JsonWriter& json, std::string_view member, std::string_view text) {
  std::uint32_t number = 0;
  if (const auto read = std::from_chars(text.begin(), text.end(), number);
      read.ec != std::errc{} || read.ptr != text.end()) {
    return base::fail("{} wants a number, not {}", member, text);
  }
  json.key(member).value(number);
  return {};
}

/// The member that says what is asked.
base::Result<void> add_question(base::JsonWriter& json, const Arguments& arguments) {
  constexpr std::array<std::string_view, 6> kinds{"--events", "--count",  "--distinct",
                                                  "--top",    "--series", "--significant"};
  std::string_view kind;
  for (const auto name : kinds) {
    if (!arguments.has(name)) continue;
    if (!kind.empty()) return base::fail("{} and {} exclude each other", kind, name);
    kind = name;
  }
  if (kind.empty()) kind = "--events";
  json.key(kind.substr(2)).begin_object();
  if (kind == "--events") {
    if (auto added = add_number(json, "limit", arguments.value(kind).value_or("20")); !added) return added;
    if (const auto cursor = arguments.value("--cursor")) json.key("cursor").value(*cursor);
  } else if (kind == "--series") {
    json.key("bucket").value(arguments.value(kind).value_or(""));
  } else if (kind != "--count") {
    json.key("facet").value(arguments.value(kind).value_or(""));
    if (const auto by = arguments.value("--by")) json.key("by").value(*by);
    if (const auto of = arguments.value("--of")) json.key("of").value(*of);
    if (const auto limit = arguments.value("--limit")) {
      if (auto added = add_number(json, "limit", *limit); !added) return added;
    }
  }
  json.end_object();
  return {};
}

base::Result<std::string> question_of(const Arguments& arguments) {
  if (const auto whole = arguments.value("--json-query")) {
    if (*whole != "-") return *whole;
    return std::string(std::istreambuf_iterator<char>(std::cin), {});
  }
  const auto filter = filter_json(arguments);
  if (!filter) return std::unexpected(filter.error());
  base::JsonWriter json;
  json.begin_object().key("filter").raw(*filter);
  if (auto added = add_question(json, arguments); !added) return std::unexpected(added.error());
  json.end_object();
  return std::move(json).text();
}

base::Result<std::string> answer_of(HistoryDoor& door, const std::string& question, bool as_json) {
  auto told = door.ask_daemon(as_json ? "return historyQuery" : "showQuery", question);
  if (!told) return std::unexpected(told.error());
  if (auto& answer = *told) return std::move(*answer);
  const auto query = history::parse_query(question, door.clock().now().time_since_epoch().count());
  if (!query) return std::unexpected(query.error());
  auto opened = door.open();
  if (!opened) return std::unexpected(opened.error());
  const auto answer = (*opened)->query(*query);
  if (!answer) return base::fail("{}", answer.error().message);
  return as_json ? history::answer_json(*answer) : history::table_text(*answer);
}

}  // namespace

int run_query(std::span<const std::string> words) {
  std::vector<ArgumentRow> rows(own_rows.begin(), own_rows.end());
  rows.insert(rows.end(), filter_rows().begin(), filter_rows().end());
  const auto arguments = Arguments::parse(words, rows);
  if (!arguments) return wrong_use("query", arguments.error().message);
  if (arguments->has("--help")) {
    fmt::print("{}{}{}", help, filter_help, other_help);
    return 0;
  }
  if (!arguments->words().empty()) return wrong_use("query", "what is " + arguments->words().front() + "?");
  const auto question = question_of(*arguments);
  if (!question) return wrong_use("query", question.error().message);
  // What is nonsense in itself is so without a history.
  const base::SystemClock clock;
  if (const auto query = history::parse_query(*question, clock.now().time_since_epoch().count()); !query) {
    return wrong_use("query", query.error().message);
  }
  auto door = HistoryDoor::find(arguments->value("--config"));
  if (!door) return complain(door.error());
  auto answer = answer_of(**door, *question, arguments->has("--json"));
  if (!answer) return complain(answer.error());
  if (!answer->ends_with('\n')) *answer += '\n';
  const bool written =
      std::fwrite(answer->data(), 1, answer->size(), stdout) == answer->size() && std::fflush(stdout) == 0;
  return written ? 0 : complain({"cannot write the answer"});
}

}  // namespace trackalert::app
