// SPDX-License-Identifier: Apache-2.0
// The form of logs that a command line asks for: one of ours, a script, or whichever is found.
#pragma once

#include <string>

#include "app/arguments.h"
#include "app/log_input.h"
#include "policy/line_script.h"

namespace trackalert::app {

struct LogForm {
  std::string name;                      ///< empty: it is to be found
  const logs::FormatRow* row = nullptr;  ///< null: a script, if there is a name
  std::string code;                      ///< of the script

  /// What --format and --lua say. Reads the script, whose name is relative to the working directory.
  static base::Result<LogForm> wanted(const Arguments& arguments);
  /// Null if it is to be found. A script is tried once, so that its errors are told before anything is read.
  [[nodiscard]] base::Result<LogInput::MakeFormat> maker(const policy::LuaLimits& limits,
                                                         const logs::Context& trial) const;
};

}  // namespace trackalert::app
