// SPDX-License-Identifier: Apache-2.0
// JSON as Lua values.
#pragma once

#include "base/json_value.h"

struct lua_State;

namespace trackalert::policy {

/// Pushes it: objects and arrays as tables, null as nil, so that a member that is null is not there. Only where Lua is
/// protected: it may run out of memory.
void push_json(lua_State* lua, const base::JsonValue& value);

}  // namespace trackalert::policy
