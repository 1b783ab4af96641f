// SPDX-License-Identifier: Apache-2.0
// The Lua functions that operators call, one row each: name, where it acts, parameters, help. Argument checks, error
// texts, the console's completion and docs/lua-api.md all come from the rows. A file bind_NOUN.cc holds the rows of one
// noun.
#pragma once

#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

struct lua_State;

namespace trackalert::policy {

struct StateContext;

/// In which Lua states a function acts; elsewhere it checks its arguments and returns nothing.
enum class Acts {
  in_global,             ///< configuration and console
  in_global_and_client,  ///< the console client's state too
  in_workers,            ///< report, background and custom functions
  everywhere,
};

enum class Type {
  text,
  integer,
  unsigned_integer,
  boolean,
  pairs,
  list,
  function,
  address,
  netmask,
  netmask_group,
  geo_database,
  table,
  facet_value,
  history_query,
  profile,
  trend
};

struct Parameter {
  const char* name;
  Type type;
  /// May be left out, or be nil; those behind it too.
  bool optional = false;
};

class Call;

struct FunctionRow {
  const char* name;
  Acts acts;
  std::vector<Parameter> parameters;
  const char* returns;  ///< "" for nothing
  const char* help;     ///< one sentence, with default and unit
  int (*run)(Call&);    ///< returns the number of results it pushed
  /// In place of run() where the function does not act, so that it returns there what it would return elsewhere.
  int (*otherwise)(Call&) = nullptr;
  /// A console command runs in every state; what it does to the world it does once.
  bool once_per_command = false;
  /// Only reads, never waits for a busy worker (BUG 52); an empty call of it is answered at once.
  bool only_reads = false;
};

/// Raised by a function's body; becomes a Lua error with the caller's position.
class FunctionError : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

using Pairs = std::vector<std::pair<std::string, std::string>>;

/// One call of a row's function, its arguments already checked against the row.
class Call {
 public:
  Call(lua_State* lua, StateContext& context) : lua_(lua), context_(context) {}

  [[nodiscard]] lua_State* lua() const { return lua_; }
  [[nodiscard]] StateContext& context() const { return context_; }

  // Arguments, counted from 1.
  /// Whether an optional one is there.
  [[nodiscard]] bool given(int index) const;
  [[nodiscard]] std::string text(int index) const;
  [[nodiscard]] double number(int index) const;
  /// Cut to an integer; beyond the bounds a FunctionError says them.
  [[nodiscard]] long integer(int index, long least, long most) const;
  [[nodiscard]] bool boolean(int index) const;
  /// Keys and values as text, in Lua's order of traversal.
  [[nodiscard]] Pairs pairs(int index) const;
  [[nodiscard]] std::vector<std::string> list(int index) const;
  /// A reference to a function, in the registry.
  [[nodiscard]] int function(int index) const;

  // Results.
  int returns(bool value);
  int returns(double value);
  int returns(std::string_view value);

 private:
  lua_State* lua_;
  StateContext& context_;
};

/// The key-value map at `index`: every key and value a string or a number. False, and nothing in `out`, where it is
/// not.
bool read_pairs(lua_State* lua, int index, Pairs& out);

/// A type's name in errors and documents.
const char* type_name(Type type);

/// Every row, in the order of the documents.
std::span<const FunctionRow> all_functions();
/// nullptr if there is none of that name.
const FunctionRow* find_function(std::string_view name);

/// Makes all functions globals of the state. `context` must outlive it.
void register_functions(lua_State* lua, StateContext& context);

/// Pushes the row's function, its checks around it.
void push_function(lua_State* lua, const FunctionRow& row, StateContext& context);

/// Pushes text for raise_with_position().
void push_text(lua_State* lua, const char* text);
/// Raises the Lua error whose text lies on top of the stack, with the position of the function's caller.
[[noreturn]] void raise_with_position(lua_State* lua);

/// Calls `body` so that FunctionError and other exceptions become Lua errors with the caller's position.
template <class Body>
int guarded_call(lua_State* lua, Body&& body) {
  try {
    return body();
  } catch (const FunctionError& error) {
    push_text(lua, error.what());
  } catch (const std::exception& error) {
    push_text(lua, (std::string("Caught exception: ") + error.what()).c_str());
  }
  raise_with_position(lua);  // outside the handlers, since it does not return
}

}  // namespace trackalert::policy
