// SPDX-License-Identifier: Apache-2.0
// One LuaJIT state under limits. Owned by one holder at a time: callers serialise access (policy/policy.h locks it).
//
// Run time: a count hook looks at the clock every few thousand instructions and raises an error behind the deadline,
// again and again until the call has ended, so that a pcall() cannot hide it. Compiled loops never reach a hook, so
// with a limit the JIT compiler is off and cannot be turned on; measured on small policies the interpreter is as fast
// (ARCHITECTURE.md). A limit of 0 turns the limit off and the compiler on. A C function that blocks (os.execute, a
// socket) is not interrupted. Memory: the state's allocator refuses beyond the limit, and Lua raises "not enough
// memory". What objects own outside Lua's heap counts as well (ExternalMemory), and makes Lua collect: its collector
// sees only the few bytes of the object itself, so that thousands of dead reports would lie about, up to 1 MiB each and
// all of them out of the processor's caches.
//
// Lua ends the process when it fails outside a protected call, and whatever allocates can fail: beyond the limit, or
// because it collects and a finaliser of the script's fails. So all that touches the stack beyond moving values about
// goes through protect() or call().
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

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
  /// The same with the function that `reference` names in the registry and the one argument that `push(lua)` pushes.
  template <class Push>
  LuaOutcome call(int reference, Push push, int results);
  /// Calls `host(lua)`, code of ours that uses Lua's API, protected and under the limits. It finds `arguments` taken
  /// from the stack on a stack of its own, and leaves `results` there.
  template <class Host>
  LuaOutcome protect(Host host, int arguments, int results);

  void set_memory_limit(std::size_t bytes) { memory_limit_ = bytes; }
  [[nodiscard]] std::size_t memory_used() const { return used_ + external_; }
  /// Collects if what objects own outside Lua's heap has grown so much that it is worth it. Between calls only.
  void collect_if_due() {
    if (external_ >= collect_at_) collect();
  }

 private:
  friend class ExternalMemory;

  /// Code of ours, without its type.
  struct HostCall {
    void* code;
    void (*run)(void* code, lua_State* lua);
    int results;
  };
  /// Starts the run-time limit; calls within calls are under that of the outermost.
  class Running {
   public:
    explicit Running(LuaState& state);
    ~Running() {
      if (outermost_) state_.running_ = false;
    }
    Running(const Running&) = delete;
    Running& operator=(const Running&) = delete;

   private:
    LuaState& state_;
    const bool outermost_;
  };

  void collect();
  static int enter_host(lua_State* lua);
  LuaOutcome protect(HostCall& host, int arguments);
  void push_function(int reference);
  void drop_function();
  LuaOutcome limited_call(int arguments, int results, int handler);
  static void* allocate(void* self, void* block, std::size_t old_size, std::size_t new_size);
  static int too_late(lua_State* lua);
  static void check_time(lua_State* lua, lua_Debug* where);
  void keep_the_limits();
  LuaOutcome failed(int status, std::string message);

  using Allocator = void* (*)(void*, void*, std::size_t, std::size_t);
  std::size_t memory_limit_;
  std::chrono::milliseconds run_time_{0};
  Allocator inner_ = nullptr;  ///< LuaJIT's own allocator, which ours counts for
  void* inner_state_ = nullptr;
  std::size_t used_ = 0;      ///< of Lua's heap
  std::size_t external_ = 0;  ///< what objects own outside it
  std::size_t collect_at_;    ///< external_ when it is time to collect
  lua_State* lua_ = nullptr;
  int traceback_ = 0;  ///< registry references of functions of ours, made beforehand
  int host_entry_ = 0;
  HostCall* host_ = nullptr;  ///< what host_entry_ is to run
  std::chrono::steady_clock::time_point deadline_;
  bool running_ = false;
  bool timed_out_ = false;
  bool collecting_ = false;
};

template <class Host>
LuaOutcome LuaState::protect(Host host, int arguments, int results) {
  HostCall call{&host, [](void* code, lua_State* lua) { (*static_cast<Host*>(code))(lua); }, results};
  return protect(call, arguments);
}

template <class Push>
LuaOutcome LuaState::call(int reference, Push push, int results) {
  const Running running(*this);
  push_function(reference);
  if (auto outcome = protect(std::move(push), 0, 1); !outcome.ok()) {
    drop_function();
    return outcome;
  }
  return call(1, results);
}

/// Memory that one of the state's objects owns outside Lua's heap: counted while this lives. It must not outlive the
/// state.
class ExternalMemory {
 public:
  /// `lua` is a LuaState's.
  ExternalMemory(lua_State* lua, std::size_t bytes);
  ExternalMemory(ExternalMemory&& other) noexcept
      : state_(std::exchange(other.state_, nullptr)), bytes_(other.bytes_) {}
  ExternalMemory& operator=(ExternalMemory&&) = delete;
  ~ExternalMemory();

 private:
  LuaState* state_;
  std::size_t bytes_;
};

}  // namespace trackalert::policy
