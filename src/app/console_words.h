// SPDX-License-Identifier: Apache-2.0
// What the console completes: every function of the table, with () where it takes nothing.
#pragma once

#include <string>
#include <vector>

namespace trackalert::app {

[[nodiscard]] std::vector<std::string> console_words();

}  // namespace trackalert::app
