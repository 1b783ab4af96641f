// SPDX-License-Identifier: Apache-2.0
// One LuaJIT state under limits. Owned by one holder at a time: callers serialise access (policy/policy.h locks it).
//
// Run time: a count hook looks at the clock every few thousand instructions and raises an error behind the deadline,
// again and again until the call has ended, so that a pcall() cannot hide it. Compiled loops never reach a hook, so
// with a limit the JIT compiler is off and cannot be turned on; measured on small policies the interpreter is as fast
// (ARCHITECTURE.md). A limit of 0 turns the limit off and the compiler on. A C function that blocks (os.execute, a
// socket) is not interrupted. Memory: the state's allocator refuses beyond the limit, and Lua raises "not enough
// memory".
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

struct lua_State;
struct lua_Debug;

namespace trackalert::policy {

struct LuaLimits {
  std::chrono::milliseconds run_time{10'000};  ///< of one call; 0: none, and the JIT compiler is on
  std::size_t memory_bytes = 256UL << 20;      ///< of the state; 0: none
};

/// How a call into Lua ended.
struct LuaOutcome {
  enum class End { ok, syntax_error, error, timed_out, out_of_memory };
  End end = End::ok;
  std::string message;  ///< "[string "chunk"]:3: reason", with a traceback except for syntax errors

  [[nodiscard]] bool ok() const { return end == End::ok; }
};

class LuaState {
 public:
  /// With the standard libraries open and package.path as the original had it. `limits.run_time` decides about the
  /// compiler here and now, and limits calls once set_run_time() says so.
  explicit LuaState(LuaLimits limits);
  ~LuaState();
  LuaState(const LuaState&) = delete;
  LuaState& operator=(const LuaState&) = delete;

  [[nodiscard]] lua_State* raw() const { return lua_; }

  /// Compiles `code` under the chunk name `name` (a leading # line is skipped) and calls it; `results` are left on the
  /// stack.
  LuaOutcome run(std::string_view code, const std::string& name, int results = 0);
  /// The run-time limit of calls from now on; at first there is none. Does not turn the compiler on or off.
  void set_run_time(std::chrono::milliseconds limit) { run_time_ = limit; }
  /// lua_pcall with a traceback and the limits: takes the function and `arguments` from the stack, leaves `results`.
  LuaOutcome call(int arguments, int results);

  void set_memory_limit(std::size_t bytes) { memory_limit_ = bytes; }
  [[nodiscard]] std::size_t memory_used() const { return used_; }

 private:
  static void* allocate(void* self, void* block, std::size_t old_size, std::size_t new_size);
  static int too_late(lua_State* lua);
  static void check_time(lua_State* lua, lua_Debug* where);
  void keep_the_limits();
  LuaOutcome failed(int status);

  using Allocator = void* (*)(void*, void*, std::size_t, std::size_t);
  std::size_t memory_limit_;
  std::chrono::milliseconds run_time_{0};
  Allocator inner_ = nullptr;  ///< LuaJIT's own allocator, which ours counts for
  void* inner_state_ = nullptr;
  std::size_t used_ = 0;
  lua_State* lua_ = nullptr;
  std::chrono::steady_clock::time_point deadline_;
  bool running_ = false;
  bool timed_out_ = false;
};

}  // namespace trackalert::policy
