// SPDX-License-Identifier: Apache-2.0
// history{...}: questions about the reports themselves.
#include <array>
#include <lua.hpp>

#include "history/query_json.h"
#include "history/time_text.h"
#include "policy/bindings.h"
#include "policy/history_access.h"
#include "policy/object.h"
#include "policy/state_context.h"

namespace trackalert::policy {

/// Which reports are asked about; relative times are as of the call of history().
struct HistoryQuery {
  history::Filter filter;
};

namespace {

using history::Facet;

constexpr std::array query_facets{Facet::login,  Facet::remote,   Facet::net,       Facet::asn,    Facet::country,
                                  Facet::device, Facet::protocol, Facet::fail_type, Facet::pwhash, Facet::hour_of_week};

std::string text_at(lua_State* lua, int index) {
  std::size_t size = 0;
  const char* text = lua_tolstring(lua, index, &size);
  return {text, size};
}

/// The text of an object that stands for an address or a network; `as_net`: an address stands for its network.
std::optional<std::string> text_of_object(lua_State* lua, int index, bool as_net) {
  if (const auto* address = object_at<base::Address>(lua, index)) {
    return as_net ? history::net_of(*address).to_string() : address->to_string();
  }
  const auto* mask = object_at<Netmask>(lua, index);
  if (mask == nullptr || !mask->set) return std::nullopt;
  return fmt::format("{}/{}", mask->address.masked(mask->length).to_string(), mask->length);
}

base::JsonValue table_to_json(lua_State* lua, int index, std::string_view name);

/// The value on top of the stack as its JSON, so that history::parse_filter() judges it as it does REST's.
base::JsonValue to_json(lua_State* lua, const std::string& name) {
  const bool as_net = name == "net";
  switch (lua_type(lua, -1)) {
    case LUA_TBOOLEAN:
      return base::JsonValue(lua_toboolean(lua, -1) != 0);
    case LUA_TNUMBER:
      return base::JsonValue(lua_tonumber(lua, -1));
    case LUA_TSTRING:
      return base::JsonValue(as_net ? widened_to_net(text_at(lua, -1)) : text_at(lua, -1));
    case LUA_TTABLE:
      return table_to_json(lua, lua_gettop(lua), name);
    default:
      if (auto text = text_of_object(lua, -1, as_net)) return base::JsonValue(std::move(*text));
      throw FunctionError(fmt::format("history(): {} cannot be a {}", name, luaL_typename(lua, -1)));
  }
}

/// A table of names and values. Tables lie in it one deep only: attrs.
base::JsonValue table_to_json(lua_State* lua, int index, std::string_view name) {
  base::JsonValue::Object object;
  lua_pushnil(lua);
  while (lua_next(lua, index) != 0) {
    if (lua_type(lua, -2) != LUA_TSTRING) throw FunctionError("history(): names must be strings");
    const auto member = text_at(lua, -2);
    if (!name.empty() && lua_type(lua, -1) != LUA_TSTRING && lua_type(lua, -1) != LUA_TNUMBER) {
      throw FunctionError(fmt::format("history(): {}.{} cannot be a {}", name, member, luaL_typename(lua, -1)));
    }
    if (name.empty()) {
      object.emplace_back(member, to_json(lua, member));
    } else {
      lua_pushvalue(lua, -1);  // a number turned into text in place is another value for lua_next()
      object.emplace_back(member, base::JsonValue(text_at(lua, -1)));
      lua_pop(lua, 1);
    }
    lua_pop(lua, 1);
  }
  return base::JsonValue(std::move(object));
}

int history_of(Call& call) {
  (void)running_history(call);
  auto filter = history::parse_filter(table_to_json(call.lua(), 1, {}), now_of(call));
  if (!filter) throw FunctionError("history(): " + filter.error().message);
  push_object(call.lua(), HistoryQuery{std::move(*filter)});
  return 1;
}

template <class What>
history::Answer ask(Call& call, What what) {
  const auto& filter = object_at<HistoryQuery>(call.lua(), 1)->filter;
  return answered(running_history(call).history.query({filter, std::move(what), lua_limits(call)}));
}

std::size_t rows_argument(const Call& call, int index) {
  return static_cast<std::size_t>(call.integer(index, 1, most_lua_rows));
}

int count(Call& call) {
  const auto answer = ask(call, history::CountQuery{});
  const auto& counts = std::get<history::CountAnswer>(answer.rows);
  for (const auto number : {counts.successes + counts.failures, counts.successes, counts.failures}) {
    lua_pushnumber(call.lua(), static_cast<double>(number));
  }
  return 3;
}

int events(Call& call) {
  history::EventsQuery what{.limit = rows_argument(call, 2), .after = std::nullopt};
  if (call.given(3)) {
    what.after = history::Cursor::parse(call.text(3));
    if (!what.after) throw FunctionError("this is no cursor of events(): " + call.text(3));
  }
  auto answer = ask(call, what);
  auto& found = std::get<history::EventsAnswer>(answer.rows);
  lua_State* lua = call.lua();
  const int size = static_cast<int>(found.events.size());
  lua_createtable(lua, size, 0);
  for (int i = 0; i < size; ++i) {
    auto& event = found.events[static_cast<std::size_t>(i)];
    event.report.t = to_seconds(event.time);
    push_report(lua, std::make_unique<login::Report>(std::move(event.report)), nullptr, std::move(event.place));
    lua_rawseti(lua, -2, i + 1);
  }
  // Within a call nobody else has Lua collect, and it sees small objects only: about a kilobyte lies behind each.
  lua_gc(lua, LUA_GCSTEP, size);
  if (!found.next) return 1;
  lua_pushstring(lua, found.next->to_string().c_str());
  return 2;
}

/// One table for each row, then whether the answer is approximate.
template <class Rows, class Fill>
int returns_rows(Call& call, const Rows& rows, bool approximate, Fill fill) {
  lua_State* lua = call.lua();
  lua_createtable(lua, static_cast<int>(rows.size()), 0);
  int index = 0;
  for (const auto& row : rows) {
    lua_createtable(lua, 0, 4);
    fill(lua, row);
    lua_rawseti(lua, -2, ++index);
  }
  lua_pushboolean(lua, approximate ? 1 : 0);
  return 2;
}

int distinct(Call& call) {
  const auto answer = ask(call, history::DistinctQuery{facet_argument(call, 2, query_facets)});
  lua_pushnumber(call.lua(), static_cast<double>(std::get<history::DistinctAnswer>(answer.rows).values));
  lua_pushboolean(call.lua(), answer.approximate ? 1 : 0);
  return 2;
}

int top(Call& call) {
  using By = history::TopQuery::By;
  constexpr std::array<std::pair<std::string_view, By>, 3> orders{
      {{"count", By::count}, {"failures", By::failures}, {"distinct", By::distinct}}};
  history::TopQuery what{.facet = facet_argument(call, 2, query_facets), .limit = rows_argument(call, 3)};
  const auto wanted = call.given(4) ? call.text(4) : "count";
  const auto* const order = std::ranges::find(orders, wanted, [](const auto& pair) { return pair.first; });
  if (order == orders.end()) {
    throw FunctionError(fmt::format("top() is by \"count\", \"failures\" or \"distinct\", not by \"{}\"", wanted));
  }
  what.by = order->second;
  if (call.given(5)) what.of = facet_argument(call, 5, query_facets);
  const auto answer = ask(call, what);
  return returns_rows(call, std::get<history::TopAnswer>(answer.rows).rows, answer.approximate,
                      [](lua_State* lua, const history::TopAnswer::Row& row) {
                        set_text(lua, "value", row.value);
                        set_number(lua, "score", static_cast<double>(row.score));
                      });
}

int series(Call& call) {
  const auto answer = ask(call, history::SeriesQuery{duration_argument(call, 2)});
  return returns_rows(call, std::get<history::SeriesAnswer>(answer.rows).rows, answer.approximate,
                      [](lua_State* lua, const history::SeriesAnswer::Row& row) {
                        set_number(lua, "t", to_seconds(row.start));
                        set_number(lua, "successes", static_cast<double>(row.successes));
                        set_number(lua, "failures", static_cast<double>(row.failures));
                      });
}

int significant(Call& call) {
  const auto answer =
      ask(call, history::SignificantQuery{facet_argument(call, 2, query_facets), rows_argument(call, 3)});
  return returns_rows(call, std::get<history::SignificantAnswer>(answer.rows).rows, answer.approximate,
                      [](lua_State* lua, const history::SignificantAnswer::Row& row) {
                        set_text(lua, "value", row.value);
                        set_number(lua, "score", row.score);
                        set_number(lua, "within", static_cast<double>(row.within));
                        set_number(lua, "overall", static_cast<double>(row.overall));
                      });
}

}  // namespace

std::span<const FunctionRow> history_functions() {
  static const std::vector<FunctionRow> rows{
      {"history",
       Acts::everywhere,
       {{"filter", Type::table}},
       "HistoryQuery",
       "A question about the reports that have all of: login, remote (an address or a network), net, asn, country, "
       "device, protocol, success, fail_type, pwhash, attrs = {name = value}, since, until (seconds since 1970, or "
       "\"30d\" for so long ago).",
       &history_of},
  };
  return rows;
}

std::span<const FunctionRow> history_methods() {
  static const std::vector<FunctionRow> rows{
      {"count",
       Acts::everywhere,
       {{"self", Type::history_query}},
       "number, number, number",
       "How many reports there are, and of these successes and failures.",
       &count},
      {"events",
       Acts::everywhere,
       {{"self", Type::history_query}, {"n", Type::integer}, {"cursor", Type::text, true}},
       "table, string",
       "The newest n (1 to 1000) reports as LoginTuples, newest first; if there are more, then a cursor, with which "
       "the "
       "next call goes on.",
       &events},
      {"distinct",
       Acts::everywhere,
       {{"self", Type::history_query}, {"facet", Type::text}},
       "number, boolean",
       "How many different values of a facet; then whether that is an estimate.",
       &distinct},
      {"top",
       Acts::everywhere,
       {{"self", Type::history_query},
        {"facet", Type::text},
        {"n", Type::integer},
        {"by", Type::text, true},
        {"of", Type::text, true}},
       "table, boolean",
       "The n (1 to 1000) values with most reports (\"count\"), \"failures\" or \"distinct\" values of another facet "
       "(default login): {value=, score=}; then whether they are estimates.",
       &top},
      {"series",
       Acts::everywhere,
       {{"self", Type::history_query}, {"bucket", Type::text}},
       "table, boolean",
       "Counts by time, in buckets of \"1h\" or the like: {t=, successes=, failures=}; then whether they are "
       "estimates.",
       &series},
      {"significant",
       Acts::everywhere,
       {{"self", Type::history_query}, {"facet", Type::text}, {"n", Type::integer}},
       "table, boolean",
       "The n (1 to 1000) values that are more frequent here than among all reports of the same time: {value=, score=, "
       "within=, overall=}; then whether they are estimates.",
       &significant},
  };
  return rows;
}

void register_history_types(lua_State* lua, StateContext& context) {
  new_type_with_methods<HistoryQuery>(lua, history_methods(), Type::history_query, context);
}

}  // namespace trackalert::policy
