// SPDX-License-Identifier: Apache-2.0
#include "policy/function_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <lua.hpp>

#include "policy/bindings.h"
#include "policy/object.h"
#include "policy/state_context.h"

namespace trackalert::policy {
namespace {

bool is_text(lua_State* lua, int index) {
  const int type = lua_type(lua, index);
  return type == LUA_TSTRING || type == LUA_TNUMBER;
}

bool is_function(lua_State* lua, int index) {
  if (lua_isfunction(lua, index)) return true;
  if (!lua_isuserdata(lua, index) || luaL_getmetafield(lua, index, "__call") == 0) return false;
  lua_pop(lua, 1);
  return true;
}

/// Text of the string or number at `index` without changing it, which lua_next() would not survive.
std::string text_at(lua_State* lua, int index) {
  lua_pushvalue(lua, index);
  std::size_t size = 0;
  const char* text = lua_tolstring(lua, -1, &size);
  std::string out(text, size);
  lua_pop(lua, 1);
  return out;
}

bool is_list(lua_State* lua, int index) {
  if (!lua_istable(lua, index)) return false;
  lua_pushnil(lua);
  while (lua_next(lua, index) != 0) {
    const bool fits = lua_type(lua, -2) == LUA_TNUMBER && is_text(lua, -1);
    lua_pop(lua, fits ? 1 : 2);
    if (!fits) return false;
  }
  return true;
}

bool fits(lua_State* lua, int index, Type type) {
  Pairs ignored;
  switch (type) {
    case Type::text:
      return is_text(lua, index);
    case Type::integer:
    case Type::unsigned_integer:
      return lua_isnumber(lua, index) != 0;
    case Type::boolean:
      return lua_isboolean(lua, index);
    case Type::pairs:
      return read_pairs(lua, index, ignored);
    case Type::list:
      return is_list(lua, index);
    case Type::function:
      return is_function(lua, index);
    case Type::address:
      return object_at<base::Address>(lua, index) != nullptr;
    case Type::netmask:
      return object_at<Netmask>(lua, index) != nullptr;
    case Type::netmask_group:
      return object_at<NetmaskGroup>(lua, index) != nullptr;
    case Type::geo_database:
      return object_at<GeoHandle>(lua, index) != nullptr;
    case Type::table:
      return lua_istable(lua, index);
    case Type::facet_value:
      return is_text(lua, index) || object_at<base::Address>(lua, index) != nullptr || read_pairs(lua, index, ignored);
    case Type::history_query:
      return object_at<HistoryQuery>(lua, index) != nullptr;
    case Type::profile:
      return object_at<ProfileObject>(lua, index) != nullptr;
    case Type::trend:
      return object_at<TrendObject>(lua, index) != nullptr;
  }
  return false;
}

void check_arguments(lua_State* lua, const FunctionRow& row) {
  const int given = lua_gettop(lua);
  const int most = static_cast<int>(row.parameters.size());
  const int least = static_cast<int>(std::ranges::count(row.parameters, false, &Parameter::optional));
  if (given < least) throw FunctionError(fmt::format("This function requires at least {} parameter(s)", least));
  if (given > most) throw FunctionError(fmt::format("This function requires at most {} parameter(s)", most));
  for (int i = 0; i < given; ++i) {
    if (row.parameters[i].optional && lua_isnil(lua, i + 1)) continue;
    if (fits(lua, i + 1, row.parameters[i].type)) continue;
    throw FunctionError(fmt::format("Unable to convert parameter from {} to {}", luaL_typename(lua, i + 1),
                                    type_name(row.parameters[i].type)));
  }
}

bool acts_here(const FunctionRow& row, const StateContext& context) {
  if (row.once_per_command && context.repeats_command) return false;
  switch (row.acts) {
    case Acts::everywhere:
      return true;
    case Acts::in_workers:
      return context.kind == StateKind::worker;
    case Acts::in_global:
      return context.kind == StateKind::global;
    case Acts::in_global_and_client:
      return context.kind != StateKind::worker;
  }
  return false;
}

int dispatch(lua_State* lua) {
  const auto& row = *static_cast<const FunctionRow*>(lua_touserdata(lua, lua_upvalueindex(1)));
  auto& context = *static_cast<StateContext*>(lua_touserdata(lua, lua_upvalueindex(2)));
  return guarded_call(lua, [&] {
    check_arguments(lua, row);
    Call call(lua, context);
    if (acts_here(row, context)) return row.run(call);
    return row.otherwise != nullptr ? row.otherwise(call) : 0;
  });
}

std::vector<FunctionRow> collect_rows() {
  std::vector<FunctionRow> rows;
  for (const auto part :
       {http_functions(), lua_functions(), console_functions(), log_functions(), address_functions(), geo_functions(),
        schedule_functions(), webhook_functions(), statistic_functions(), history_settings(), history_functions(),
        profile_functions(), trend_functions(), history_console_functions(), detection_functions(), alert_functions(),
        feedback_functions(), allow_functions(), channel_functions()}) {
    rows.insert(rows.end(), part.begin(), part.end());
  }
  return rows;
}

}  // namespace

const char* type_name(Type type) {
  switch (type) {
    case Type::text:
      return "string";
    case Type::integer:
      return "integer";
    case Type::unsigned_integer:
      return "unsigned integer";
    case Type::boolean:
      return "boolean";
    case Type::pairs:
      return "table of names and values";
    case Type::list:
      return "list of strings";
    case Type::function:
      return "function";
    case Type::address:
      return "ComboAddress";
    case Type::netmask:
      return "Netmask";
    case Type::netmask_group:
      return "NetmaskGroup";
    case Type::geo_database:
      return "GeoIP2DB";
    case Type::table:
      return "table";
    case Type::facet_value:
      return "string, number, ComboAddress or device_attrs";
    case Type::history_query:
      return "HistoryQuery";
    case Type::profile:
      return "Profile";
    case Type::trend:
      return "Trend";
  }
  return "?";
}

bool read_pairs(lua_State* lua, int index, Pairs& out) {
  if (!lua_istable(lua, index)) return false;
  lua_pushnil(lua);
  while (lua_next(lua, index) != 0) {
    const int top = lua_gettop(lua);
    if (!is_text(lua, top - 1) || !is_text(lua, top)) {
      lua_pop(lua, 2);
      out.clear();
      return false;
    }
    out.emplace_back(text_at(lua, top - 1), text_at(lua, top));
    lua_pop(lua, 1);
  }
  return true;
}

std::string Call::text(int index) const {
  return text_at(lua_, index);
}
bool Call::given(int index) const {
  return !lua_isnoneornil(lua_, index);
}
double Call::number(int index) const {
  return lua_tonumber(lua_, index);
}
bool Call::boolean(int index) const {
  return lua_toboolean(lua_, index) != 0;
}

long Call::integer(int index, long least, long most) const {
  const double value = std::trunc(number(index));
  if (std::isnan(value) || value < static_cast<double>(least) || value > static_cast<double>(most)) {
    throw FunctionError(fmt::format("{} is out of range ({} to {})", text(index), least, most));
  }
  return static_cast<long>(value);
}

Pairs Call::pairs(int index) const {
  Pairs out;
  read_pairs(lua_, index, out);
  return out;
}

std::vector<std::string> Call::list(int index) const {
  std::vector<std::string> out;
  lua_pushnil(lua_);
  while (lua_next(lua_, index) != 0) {
    out.push_back(text_at(lua_, lua_gettop(lua_)));
    lua_pop(lua_, 1);
  }
  return out;
}

int Call::function(int index) const {
  lua_pushvalue(lua_, index);
  return luaL_ref(lua_, LUA_REGISTRYINDEX);
}

int Call::returns(bool value) {
  lua_pushboolean(lua_, value ? 1 : 0);
  return 1;
}

int Call::returns(double value) {
  lua_pushnumber(lua_, value);
  return 1;
}

int Call::returns(std::string_view value) {
  lua_pushlstring(lua_, value.data(), value.size());
  return 1;
}

std::span<const FunctionRow> all_functions() {
  static const std::vector<FunctionRow> rows = collect_rows();
  return rows;
}

const FunctionRow* find_function(std::string_view name) {
  for (const auto& row : all_functions()) {
    if (name == row.name) return &row;
  }
  return nullptr;
}

void push_function(lua_State* lua, const FunctionRow& row, StateContext& context) {
  lua_pushlightuserdata(lua, const_cast<FunctionRow*>(&row));
  lua_pushlightuserdata(lua, &context);
  lua_pushcclosure(lua, &dispatch, 2);
}

void register_functions(lua_State* lua, StateContext& context) {
  for (const auto& row : all_functions()) {
    push_function(lua, row, context);
    lua_setglobal(lua, row.name);
  }
  register_address_types(lua, context);
  register_geo_types(lua, context);
  register_report_types(lua, context);
  register_history_types(lua, context);
  register_profile_types(lua, context);
  register_trend_types(lua, context);
}

void raise_with_position(lua_State* lua) {
  luaL_where(lua, 1);
  lua_insert(lua, -2);
  lua_concat(lua, 2);
  lua_error(lua);
  __builtin_unreachable();
}

void push_text(lua_State* lua, const char* text) {
  lua_pushstring(lua, text);
}

}  // namespace trackalert::policy
