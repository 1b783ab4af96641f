// SPDX-License-Identifier: Apache-2.0
// The part of docs/lua-api.md that comes from the tables of policy/function_table.h. reference_test.cc compares the
// two; the daemon itself does not use it.
#pragma once

#include <string>

namespace trackalert::app {

/// Markdown: a table of functions for each noun, of methods for each object type, and of the fields of LoginTuple. Ends
/// with a newline.
[[nodiscard]] std::string lua_reference();

}  // namespace trackalert::app
