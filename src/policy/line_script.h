// SPDX-License-Identifier: Apache-2.0
// A form of log that a Lua script reads: a function that gets a line and returns nil, or a report as a table with the
// names of its JSON, or a list of such tables. The script returns the function, or defines it as parse().
//
// Beside the standard libraries it has
//   syslog(line)   time (seconds since 1970), program and message of a line as logs/syslog_line.h knows them; or nil
//
// Threads: as logs::Format.
#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "logs/format.h"
#include "policy/lua_state.h"

namespace trackalert::policy {

struct LineScript {
  std::string name;  ///< for messages
  std::string code;
  LuaLimits limits;  ///< the run time is that of one line
};

/// Runs the script. A line whose call fails, or returns something else, is bad, with the reason; it stays valid until
/// the next line. The script's variables live as long as the format.
[[nodiscard]] base::Result<std::unique_ptr<logs::Format>> make_line_script(const LineScript& script,
                                                                           const logs::Context& context);

}  // namespace trackalert::policy
