// SPDX-License-Identifier: Apache-2.0
#include "policy/json_table.h"

#include <lua.hpp>

namespace trackalert::policy {

void push_json(lua_State* lua, const base::JsonValue& value) {
  luaL_checkstack(lua, 4, "JSON nests too deep");
  if (const auto* flag = value.as_bool()) return lua_pushboolean(lua, *flag ? 1 : 0);
  if (const auto* number = value.as_number()) return lua_pushnumber(lua, *number);
  if (const auto* text = value.as_string()) return lua_pushlstring(lua, text->data(), text->size());
  if (const auto* array = value.as_array()) {
    lua_createtable(lua, static_cast<int>(array->size()), 0);
    int number = 0;
    for (const auto& element : *array) {
      push_json(lua, element);
      lua_rawseti(lua, -2, ++number);
    }
    return;
  }
  if (const auto* object = value.as_object()) {
    lua_createtable(lua, 0, static_cast<int>(object->size()));
    for (const auto& [name, member] : *object) {
      lua_pushlstring(lua, name.data(), name.size());
      push_json(lua, member);
      lua_rawset(lua, -3);
    }
    return;
  }
  lua_pushnil(lua);
}

}  // namespace trackalert::policy
