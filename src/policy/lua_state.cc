// SPDX-License-Identifier: Apache-2.0
#include "policy/lua_state.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <ctime>
#include <lua.hpp>
#include <new>

#include "base/ascii.h"

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

/// Less than this outside Lua's heap is not worth a collection. A few hundred reports of the usual size.
constexpr std::size_t least_external = 256UL << 10;

/// The steady clock as of the kernel's last tick, some milliseconds ago: good enough for a limit in seconds, and a
/// fraction of the price for what is asked at every call.
std::chrono::steady_clock::time_point coarse_now() {
  timespec time{};
  clock_gettime(CLOCK_MONOTONIC_COARSE, &time);
  return std::chrono::steady_clock::time_point(std::chrono::seconds(time.tv_sec) +
                                               std::chrono::nanoseconds(time.tv_nsec));
}

/// Replaces the text on top of the stack, which a report may have a part in, by one that stays in its line. With Lua's
/// own means: an error of memory leaves this function without its destructors.
void escape_top(lua_State* lua) {
  std::size_t size = 0;
  const char* const text = lua_tolstring(lua, -1, &size);
  if (text == nullptr || std::none_of(text, text + size, base::is_control)) return;
  luaL_Buffer buffer;
  luaL_buffinit(lua, &buffer);
  for (const char* at = text; at < text + size; ++at) {
    if (!base::is_control(*at)) {
      luaL_addchar(&buffer, *at);
      continue;
    }
    constexpr std::string_view digits = "0123456789abcdef";
    const auto code = static_cast<unsigned char>(*at);
    const std::array escape{'\\', 'x', digits[code >> 4U], digits[code & 15U]};
    if (*at == '\n')
      luaL_addlstring(&buffer, "\\n", 2);
    else
      luaL_addlstring(&buffer, escape.data(), escape.size());
  }
  luaL_pushresult(&buffer);
}

int with_traceback(lua_State* lua) {
  if (lua_tostring(lua, 1) != nullptr)
    lua_pushvalue(lua, 1);
  else if (luaL_callmeta(lua, 1, "__tostring") == 0)
    lua_pushfstring(lua, "(error object is a %s value)", luaL_typename(lua, 1));
  escape_top(lua);
  luaL_traceback(lua, lua, lua_tostring(lua, -1), 1);
  return 1;
}

}  // namespace

LuaState::LuaState(LuaLimits limits) : memory_limit_(limits.memory_bytes), collect_at_(least_external) {
  lua_ = luaL_newstate();
  if (lua_ == nullptr) throw std::bad_alloc();
  inner_ = lua_getallocf(lua_, &inner_state_);
  lua_setallocf(lua_, &LuaState::allocate, this);
  luaL_openlibs(lua_);
  if (luaL_dostring(lua_, module_paths) != 0) lua_pop(lua_, 1);
  if (limits.run_time.count() > 0) keep_the_limits();
  lua_pushcfunction(lua_, &with_traceback);
  traceback_ = luaL_ref(lua_, LUA_REGISTRYINDEX);
  lua_pushcfunction(lua_, &LuaState::enter_host);
  host_entry_ = luaL_ref(lua_, LUA_REGISTRYINDEX);
}

LuaState::~LuaState() {
  // LuaJIT gives back all that its own allocator holds only where a state still has that: else 0.1 MB stay for good.
  lua_setallocf(lua_, inner_, inner_state_);
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
  if (grows && state.memory_limit_ != 0 && kept + new_size + state.external_ > state.memory_limit_) return nullptr;
  void* out = state.inner_(state.inner_state_, block, old_size, new_size);
  if (out != nullptr || new_size == 0) state.used_ = kept + new_size;
  return out;
}

/// The next time when as much has come as is in use now, for what a collection costs is proportional to that; but
/// before dead objects bring the state to its limit.
void LuaState::collect() {
  collecting_ = true;
  // A finaliser that fails ends the collection; the next goes on behind it.
  (void)protect([](lua_State* lua) { lua_gc(lua, LUA_GCCOLLECT, 0); }, 0, 0);
  collecting_ = false;
  collect_at_ = external_ + std::max(used_, least_external);
  if (memory_limit_ == 0) return;
  const std::size_t room = memory_limit_ > memory_used() ? memory_limit_ - memory_used() : 0;
  collect_at_ = std::min(collect_at_, external_ + room / 2);
}

ExternalMemory::ExternalMemory(lua_State* lua, std::size_t bytes) : state_(nullptr), bytes_(bytes) {
  void* self = nullptr;
  lua_getallocf(lua, &self);
  state_ = static_cast<LuaState*>(self);
  state_->external_ += bytes_;
}

ExternalMemory::~ExternalMemory() {
  if (state_ == nullptr) return;
  state_->external_ -= bytes_;
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

LuaState::Running::Running(LuaState& state) : state_(state), outermost_(!state.running_) {
  if (!outermost_ || state_.run_time_.count() == 0) return;
  state_.deadline_ = coarse_now() + state_.run_time_;
  state_.running_ = true;
}

void LuaState::push_function(int reference) {
  lua_rawgeti(lua_, LUA_REGISTRYINDEX, reference);
}

void LuaState::drop_function() {
  lua_pop(lua_, 1);
}

int LuaState::enter_host(lua_State* lua) {
  void* self = nullptr;
  lua_getallocf(lua, &self);
  const HostCall& host = *static_cast<LuaState*>(self)->host_;
  host.run(host.code, lua);
  return host.results;
}

LuaOutcome LuaState::protect(HostCall& host, int arguments) {
  const Running running(*this);
  host_ = &host;
  push_function(host_entry_);
  lua_insert(lua_, -1 - arguments);
  return limited_call(arguments, host.results, 0);
}

LuaOutcome LuaState::run(std::string_view code, const std::string& name, int results) {
  if (code.starts_with('#')) code.remove_prefix(std::min(code.find('\n'), code.size()));
  const Running running(*this);
  bool loaded = false;
  auto outcome = protect(
      [&](lua_State* lua) {
        loaded = luaL_loadbuffer(lua, code.data(), code.size(), name.c_str()) == 0;
        if (!loaded) lua_error(lua);
      },
      0, 1);
  if (outcome.ok()) return call(0, results);
  if (!loaded && outcome.end == LuaOutcome::End::error) outcome.end = LuaOutcome::End::syntax_error;
  return outcome;
}

LuaOutcome LuaState::call(int arguments, int results) {
  const Running running(*this);
  const int handler = lua_gettop(lua_) - arguments;
  push_function(traceback_);
  lua_insert(lua_, handler);
  auto outcome = limited_call(arguments, results, handler);
  lua_remove(lua_, handler);
  return outcome;
}

LuaOutcome LuaState::limited_call(int arguments, int results, int handler) {
  const int below = lua_gettop(lua_) - arguments - 1;
  const int status = lua_pcall(lua_, arguments, results, handler);
  if (status == 0 && !timed_out_) return {};
  std::string message = "run-time limit exceeded";  // it swallowed the error and came to its end all the same
  if (status != 0) {
    std::size_t size = 0;
    // A number would become text on the stack, which is work for the allocator.
    const char* text = lua_type(lua_, -1) == LUA_TSTRING ? lua_tolstring(lua_, -1, &size) : nullptr;
    message = text != nullptr ? std::string(text, size) : "error without a message";
  }
  lua_settop(lua_, below);
  return failed(status, std::move(message));
}

LuaOutcome LuaState::failed(int status, std::string message) {
  LuaOutcome outcome{LuaOutcome::End::error, std::move(message)};
  if (timed_out_) {
    outcome.end = LuaOutcome::End::timed_out;
    timed_out_ = false;
    lua_sethook(lua_, &LuaState::check_time, LUA_MASKCOUNT, check_every);
  } else if (status == LUA_ERRMEM) {
    outcome.end = LuaOutcome::End::out_of_memory;
  }
  // At once, even if nothing of what counts outside Lua's heap has changed: what a call that hit a limit has left
  // behind would end the next one, which is somebody else's.
  if (outcome.end != LuaOutcome::End::error && !collecting_) collect();
  return outcome;
}

}  // namespace trackalert::policy
