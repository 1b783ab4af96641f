// SPDX-License-Identifier: Apache-2.0
// Findings as Lua tables: what raiseAlert() takes, and what lt.findings holds.
#pragma once

#include "base/result.h"
#include "detect/finding.h"

struct lua_State;

namespace trackalert::policy {

/// The table at `index`: rule, severity, key, message; optionally evidence, sources, logins, taken, attack, t. A key
/// without one of the prefixes login:, remote:, net: and campaign: is a login's. An error names the field and what is
/// valid there.
[[nodiscard]] base::Result<detect::Finding> read_finding(lua_State* lua, int index, history::Time now);

/// A list of {rule, severity, mode, key, message, attack, goes_on, evidence = {name = {seen, usual, threshold}}}. What
/// goes on adds to an alert that there is already, and has neither message nor evidence.
void push_findings(lua_State* lua, const detect::Findings& findings);

}  // namespace trackalert::policy
