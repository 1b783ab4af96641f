// SPDX-License-Identifier: Apache-2.0
// What the bindings of history, profile and trend share: the way to the history, and arguments about facets. What goes
// wrong is a FunctionError.
#pragma once

#include <optional>
#include <span>
#include <string>

#include "crypto/sealed_stream.h"
#include "history/history.h"
#include "history/overview.h"
#include "policy/function_table.h"
#include "policy/state_context.h"

struct lua_State;

namespace trackalert::policy {

/// The history of the running daemon, or the error that says why there is none.
[[nodiscard]] const RunningHistory& running_history(const Call& call);

/// The answer, or the error: a limit that was hit is named by its message.
template <class T>
[[nodiscard]] T answered(history::QueryResult<T> result) {
  if (!result) throw FunctionError(result.error().message);
  return std::move(*result);
}

/// What a question from Lua may cost at most: it holds up a worker, and its answer lies outside Lua's memory limit.
inline constexpr long most_lua_rows = 1000;
inline constexpr std::size_t most_lua_answer_bytes = std::size_t{32} << 20;
[[nodiscard]] history::QueryLimits lua_limits(const Call& call);

/// An answer on the console travels in one frame; what is said around it wants some room too.
inline constexpr std::size_t most_console_bytes = crypto::max_plaintext - 1024;
/// What a look on the console may cost.
inline constexpr history::OverviewLimits console_limits{
    .time = std::chrono::milliseconds{5000}, .events = 20, .top = 10};

[[nodiscard]] history::Time now_of(const Call& call);

/// The facet that the argument names, one of `valid`.
[[nodiscard]] history::Facet facet_argument(const Call& call, int index, std::span<const history::Facet> valid);

/// The argument as the facet's value, in the form of history::append_value(). A ComboAddress stands for itself or its
/// net, device_attrs for their device. Nothing for what means "not known" (an empty text, asn 0).
[[nodiscard]] std::optional<std::string> value_argument(const Call& call, int index, history::Facet facet);

/// A net may be given by an address in it: "192.0.2.7" becomes "192.0.2.0/24".
[[nodiscard]] std::string widened_to_net(std::string text);

/// "30d" and the like.
[[nodiscard]] history::Time duration_argument(const Call& call, int index);

// table[name] = ... for the table on top of the stack.
void set_number(lua_State* lua, const char* name, double number);
void set_text(lua_State* lua, const char* name, std::string_view text);

[[nodiscard]] double to_seconds(history::Time time);

}  // namespace trackalert::policy
