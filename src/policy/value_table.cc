// SPDX-License-Identifier: Apache-2.0
#include "policy/value_table.h"

#include <lua.hpp>

namespace trackalert::policy {
namespace {

constexpr std::size_t most_keys = 64;
constexpr std::size_t most_entries = 1000;

/// Of a string: a number would be changed where it stands, and lua_next() would not survive that.
std::string text_at(lua_State* lua, int index) {
  std::size_t size = 0;
  const char* text = lua_tolstring(lua, index, &size);
  return {text, size};
}

base::Result<channel::Value> list_at(lua_State* lua, int index, const std::string& key) {
  std::vector<std::string> texts;
  const auto size = lua_objlen(lua, index);
  if (size > most_entries) return base::fail("{} has more than {} entries", key, most_entries);
  for (std::size_t i = 1; i <= size; ++i) {
    lua_rawgeti(lua, index, static_cast<int>(i));
    const bool fits = lua_type(lua, -1) == LUA_TSTRING;
    if (fits) texts.push_back(text_at(lua, -1));
    lua_pop(lua, 1);
    if (!fits) return base::fail("{} is a list of texts", key);
  }
  return channel::Value(std::move(texts));
}

base::Result<channel::Value> value_at(lua_State* lua, int index, const std::string& key) {
  switch (lua_type(lua, index)) {
    case LUA_TBOOLEAN:
      return channel::Value(lua_toboolean(lua, index) != 0);
    case LUA_TNUMBER:
      return channel::Value(lua_tonumber(lua, index));
    case LUA_TSTRING:
      return channel::Value(text_at(lua, index));
    case LUA_TTABLE:
      return list_at(lua, index, key);
    default:
      return base::fail("{} cannot be a {}", key, luaL_typename(lua, index));
  }
}

}  // namespace

base::Result<channel::Values> read_values(lua_State* lua, int index) {
  std::map<std::string, channel::Value> values;
  base::Result<void> done;
  lua_pushnil(lua);
  while (done && lua_next(lua, index) != 0) {
    const int at = lua_gettop(lua);
    if (lua_type(lua, at - 1) != LUA_TSTRING) {
      done = base::fail("its keys are names");
    } else if (auto key = text_at(lua, at - 1); values.size() == most_keys) {
      done = base::fail("there are more than {} keys", most_keys);
    } else if (auto value = value_at(lua, at, key)) {
      values.emplace(std::move(key), std::move(*value));
    } else {
      done = std::unexpected(value.error());
    }
    lua_settop(lua, done ? at - 1 : at - 2);
  }
  if (!done) return std::unexpected(done.error());
  return channel::Values(std::move(values));
}

}  // namespace trackalert::policy
