// SPDX-License-Identifier: Apache-2.0
// The detections that come with the daemon: a folder each, with a rule.lua that returns a table. And rules as Lua
// tables in general.
//
// Threads: any; nothing is shared.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "detect/rule.h"

struct lua_State;

namespace trackalert::policy {

/// Where they lie: share/trackalert/detections beside the folder of the running program. An error names the place.
[[nodiscard]] base::Result<std::string> detections_folder();
/// Sorted.
[[nodiscard]] base::Result<std::vector<std::string>> detection_names(const std::string& folder);
/// An error names the file, and for an unknown name those that there are.
[[nodiscard]] base::Result<detect::Rule> read_detection(const std::string& folder, std::string_view name);
/// All of them, by name.
[[nodiscard]] base::Result<std::vector<detect::Rule>> read_detections(const std::string& folder);

/// The table at `index`: names to numbers, booleans, texts or lists of texts. Members of a table "parameters" count as
/// if they stood beside it.
[[nodiscard]] base::Result<detect::Values> rule_fields(lua_State* lua, int index);

/// The file of kinds of autonomous systems in that folder.
inline constexpr auto asn_kinds_name = "asn_kinds.txt";

}  // namespace trackalert::policy
