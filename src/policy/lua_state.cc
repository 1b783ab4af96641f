// SPDX-License-Identifier: Apache-2.0
#include "policy/lua_state.h"

#include <fmt/format.h>

#include <lua.hpp>
#include <new>

namespace trackalert::policy {
namespace {

/// Instructions between two looks at the clock; about 50 us of plain Lua.
constexpr int check_every = 10'000;

/// Where Debian keeps Lua 5.1 modules; the original's order.
constexpr const char* module_paths =
    "package.path = './?.lua;/usr/share/luajit-2.1/?.lua;/usr/local/share/lua/5.1/?.lua;"
    "/usr/local/share/lua/5.1/?/init.lua;/usr/share/lua/5.1/?.lua;/usr/share/lua/5.1/?/init.lua'";

/// What would defeat the run-time limit does nothing. An error handler of xpcall() would run with hooks off
/// when it is our hook that raised the error, so then it does not run.
constexpr std::string_view limit_guard =
    "local too_late, xpcall_without_limit = ...\n"
    "jit.on = function() end\n"
    "debug.sethook = function() end\n"
    "xpcall = function(f, handler, ...)\n"
    "  return xpcall_without_limit(f, function(e) if too_late() then return e end return handler(e) end, ...)\n"
    "end\n";

int with_traceback(lua_State* lua) {
  const char* message = lua_tostring(lua, 1);
  if (message == nullptr) {
    if (luaL_callmeta(lua, 1, "__tostring") == 0) {
      lua_pushfstring(lua, "(error object is a %s value)", luaL_typename(lua, 1));
    }
    message = lua_tostring(lua, -1);
  }
  luaL_traceback(lua, lua, message, 1);
  return 1;
}

}  // namespace

LuaState::LuaState(LuaLimits limits) : memory_limit_(limits.memory_bytes) {
  lua_ = luaL_newstate();
  if (lua_ == nullptr) throw std::bad_alloc();
  inner_ = lua_getallocf(lua_, &inner_state_);
  lua_setallocf(lua_, &LuaState::allocate, this);
  luaL_openlibs(lua_);
  if (luaL_dostring(lua_, module_paths) != 0) lua_pop(lua_, 1);
  if (limits.run_time.count() > 0) keep_the_limits();
}

LuaState::~LuaState() {
  lua_close(lua_);
}

void LuaState::keep_the_limits() {
  luaJIT_setmode(lua_, 0, LUAJIT_MODE_ENGINE | LUAJIT_MODE_OFF);
  luaL_loadbuffer(lua_, limit_guard.data(), limit_guard.size(), "=run-time limit");
  lua_pushcfunction(lua_, &LuaState::too_late);
  lua_getglobal(lua_, "xpcall");
  if (lua_pcall(lua_, 2, 0, 0) != 0) lua_pop(lua_, 1);
  lua_sethook(lua_, &LuaState::check_time, LUA_MASKCOUNT, check_every);
}

void* LuaState::allocate(void* self, void* block, std::size_t old_size, std::size_t new_size) {
  auto& state = *static_cast<LuaState*>(self);
  // What was there before the allocator was ours is not counted: never below zero.
  const std::size_t kept = state.used_ > old_size ? state.used_ - old_size : 0;
  const bool grows = new_size > old_size;
  if (grows && state.memory_limit_ != 0 && kept + new_size > state.memory_limit_) return nullptr;
  void* out = state.inner_(state.inner_state_, block, old_size, new_size);
  if (out != nullptr || new_size == 0) state.used_ = kept + new_size;
  return out;
}

int LuaState::too_late(lua_State* lua) {
  void* self = nullptr;
  lua_getallocf(lua, &self);
  lua_pushboolean(lua, static_cast<LuaState*>(self)->timed_out_ ? 1 : 0);
  return 1;
}

void LuaState::check_time(lua_State* lua, lua_Debug* /*where*/) {
  void* self = nullptr;
  lua_getallocf(lua, &self);
  auto& state = *static_cast<LuaState*>(self);
  if (!state.running_ || std::chrono::steady_clock::now() < state.deadline_) return;
  if (!state.timed_out_) {
    state.timed_out_ = true;
    lua_sethook(lua, &LuaState::check_time, LUA_MASKCOUNT, 1);  // from here on every instruction fails
  }
  luaL_error(lua, "run-time limit of %f s exceeded", std::chrono::duration<double>(state.run_time_).count());
}

LuaOutcome LuaState::run(std::string_view code, const std::string& name, int results) {
  if (code.starts_with('#')) code.remove_prefix(std::min(code.find('\n'), code.size()));
  const int status = luaL_loadbuffer(lua_, code.data(), code.size(), name.c_str());
  if (status != 0) {
    LuaOutcome outcome{LuaOutcome::End::syntax_error, lua_tostring(lua_, -1)};
    lua_pop(lua_, 1);
    return outcome;
  }
  return call(0, results);
}

LuaOutcome LuaState::call(int arguments, int results) {
  const int handler = lua_gettop(lua_) - arguments;
  lua_pushcfunction(lua_, &with_traceback);
  lua_insert(lua_, handler);

  const bool outermost = !running_;
  if (outermost && run_time_.count() > 0) {
    deadline_ = std::chrono::steady_clock::now() + run_time_;
    running_ = true;
  }
  const int status = lua_pcall(lua_, arguments, results, handler);
  if (outermost) running_ = false;
  lua_remove(lua_, handler);
  if (status == 0 && !timed_out_) return {};
  if (status == 0) {  // it swallowed the error and came to its end all the same
    lua_pop(lua_, results == LUA_MULTRET ? lua_gettop(lua_) - handler + 1 : results);
    lua_pushliteral(lua_, "run-time limit exceeded");
  }
  return failed(status);
}

LuaOutcome LuaState::failed(int status) {
  LuaOutcome outcome{LuaOutcome::End::error, {}};
  std::size_t size = 0;
  const char* message = lua_tolstring(lua_, -1, &size);
  outcome.message = message != nullptr ? std::string(message, size) : "error without a message";
  lua_pop(lua_, 1);
  if (timed_out_) {
    outcome.end = LuaOutcome::End::timed_out;
    timed_out_ = false;
    lua_sethook(lua_, &LuaState::check_time, LUA_MASKCOUNT, check_every);
  } else if (status == LUA_ERRMEM) {
    outcome.end = LuaOutcome::End::out_of_memory;
  }
  if (outcome.end == LuaOutcome::End::out_of_memory) lua_gc(lua_, LUA_GCCOLLECT, 0);
  return outcome;
}

}  // namespace trackalert::policy
