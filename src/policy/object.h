// SPDX-License-Identifier: Apache-2.0
// C++ values as Lua userdata: made by push_object, found again by object_at, destroyed by Lua's collector. The
// metatable of a type lies in the registry and is what tells the types apart.
#pragma once

#include <fmt/format.h>

#include <lua.hpp>
#include <memory>
#include <new>
#include <utility>

#include "base/address.h"
#include "base/prefix.h"
#include "policy/function_table.h"

namespace trackalert::policy {

/// As newNetmask() makes it: the length as written, even beyond the family's; `set` is false after an error.
struct Netmask {
  base::Address address;
  unsigned length = 0;
  bool set = false;
};

/// Shared, since a copy of the handle means the same group.
struct NetmaskGroup {
  std::shared_ptr<base::PrefixSet> masks = std::make_shared<base::PrefixSet>();
};

struct GeoHandle;      // bind_geo.cc: what getGeoIP2DB() returns
struct HistoryQuery;   // bind_history.cc: what history() returns
struct ProfileObject;  // bind_profile.cc: what profile() returns
struct TrendObject;    // bind_trend.cc: what trend() returns

/// Where the registry has T's metatable: under an address, for a name would be hashed at every use.
template <class T>
struct MetatableKey {
  static constexpr char at = 0;
};

template <class T>
void push_metatable(lua_State* lua) {
  lua_pushlightuserdata(lua, const_cast<char*>(&MetatableKey<T>::at));
  lua_rawget(lua, LUA_REGISTRYINDEX);
}

/// The T at `index`, or nullptr if that is something else.
template <class T>
T* object_at(lua_State* lua, int index) {
  void* memory = lua_touserdata(lua, index);
  if (memory == nullptr || lua_getmetatable(lua, index) == 0) return nullptr;
  push_metatable<T>(lua);
  const bool same = lua_rawequal(lua, -1, -2) != 0;
  lua_pop(lua, 2);
  return same ? static_cast<T*>(memory) : nullptr;
}

template <class T>
void push_object(lua_State* lua, T value) {
  void* memory = lua_newuserdata(lua, sizeof(T));
  new (memory) T(std::move(value));
  push_metatable<T>(lua);
  lua_setmetatable(lua, -2);
}

template <class T>
int destroy_object(lua_State* lua) {
  if (auto* object = object_at<T>(lua, 1)) object->~T();
  lua_pushnil(lua);
  lua_setmetatable(lua, 1);  // a second __gc, called by a script, finds no T
  return 0;
}

/// "userdata 0x...", as the original shows its objects.
inline int show_object(lua_State* lua) {
  lua_pushstring(lua, fmt::format("userdata {}", lua_touserdata(lua, 1)).c_str());
  return 1;
}

inline int refuse_field(lua_State* lua) {
  return luaL_error(lua, "there is no field '%s' to write",
                    lua_type(lua, 2) == LUA_TSTRING ? lua_tostring(lua, 2) : "?");
}

/// Registers T's metatable and leaves it on the stack, with destruction, tostring() and no fields to write.
template <class T>
void new_type(lua_State* lua) {
  lua_newtable(lua);
  lua_pushcfunction(lua, &destroy_object<T>);
  lua_setfield(lua, -2, "__gc");
  lua_pushcfunction(lua, &show_object);
  lua_setfield(lua, -2, "__tostring");
  lua_pushcfunction(lua, &refuse_field);
  lua_setfield(lua, -2, "__newindex");
  lua_pushliteral(lua, "not accessible");
  lua_setfield(lua, -2, "__metatable");
  lua_pushlightuserdata(lua, const_cast<char*>(&MetatableKey<T>::at));
  lua_pushvalue(lua, -2);
  lua_rawset(lua, LUA_REGISTRYINDEX);
}

/// Registers T with methods and no fields: reading anything else gives nil.
template <class T>
void new_type_with_methods(lua_State* lua, std::span<const FunctionRow> methods, Type self, StateContext& context) {
  new_type<T>(lua);
  lua_newtable(lua);
  for (const auto& method : methods) {
    if (method.parameters.front().type != self) continue;
    push_function(lua, method, context);
    lua_setfield(lua, -2, method.name);
  }
  lua_setfield(lua, -2, "__index");
  lua_pop(lua, 1);
}

/// One field of an object that scripts read and write.
template <class T>
struct FieldRow {
  const char* name;
  const char* type;  ///< for documents and errors
  void (*read)(lua_State*, const T&);
  /// Takes the value at stack index 3, false if it is of the wrong type. nullptr: not writable.
  bool (*write)(lua_State*, T&);
};

/// The rows of T: a span, so that lookups can hand out an index.
template <class T>
std::span<const FieldRow<T>> fields_of();

/// The row of the field named at stack index 2; the closure's first upvalue maps names to indexes from 1.
template <class T>
const FieldRow<T>* field_named(lua_State* lua) {
  lua_pushvalue(lua, 2);
  lua_rawget(lua, lua_upvalueindex(1));
  const auto index = static_cast<std::size_t>(lua_tointeger(lua, -1));
  lua_pop(lua, 1);
  return index == 0 ? nullptr : &fields_of<T>()[index - 1];
}

template <class T>
int read_field(lua_State* lua) {
  const auto* object = object_at<T>(lua, 1);
  const auto* field = object != nullptr ? field_named<T>(lua) : nullptr;
  if (field == nullptr) return 0;
  field->read(lua, *object);
  return 1;
}

template <class T>
int write_field(lua_State* lua) {
  auto* object = object_at<T>(lua, 1);
  const auto* field = object != nullptr ? field_named<T>(lua) : nullptr;
  if (field == nullptr || field->write == nullptr) return refuse_field(lua);
  if (!field->write(lua, *object)) {
    return luaL_error(lua, "Unable to convert parameter from %s to %s", luaL_typename(lua, 3), field->type);
  }
  return 0;
}

/// Registers T with fields and no methods.
template <class T>
void new_type_with_fields(lua_State* lua) {
  new_type<T>(lua);
  const auto rows = fields_of<T>();
  for (const auto& [event, function] :
       {std::pair{"__index", &read_field<T>}, std::pair{"__newindex", &write_field<T>}}) {
    lua_newtable(lua);
    for (std::size_t i = 0; i < rows.size(); ++i) {
      lua_pushinteger(lua, static_cast<lua_Integer>(i + 1));
      lua_setfield(lua, -2, rows[i].name);
    }
    lua_pushcclosure(lua, function, 1);
    lua_setfield(lua, -2, event);
  }
  lua_pop(lua, 1);
}

}  // namespace trackalert::policy
