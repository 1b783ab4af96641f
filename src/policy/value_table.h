// SPDX-License-Identifier: Apache-2.0
// The tables that describe channels and routes.
#pragma once

#include "base/result.h"
#include "channel/setting.h"

struct lua_State;

namespace trackalert::policy {

/// The table at `index`: names, and for each a text, a number, a boolean or a list of texts. An error names the key.
[[nodiscard]] base::Result<channel::Values> read_values(lua_State* lua, int index);

}  // namespace trackalert::policy
