// SPDX-License-Identifier: Apache-2.0
// What TAB does at the interactive console. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace trackalert::console {

struct Completion {
  std::string insert;                     ///< to add at the cursor
  std::vector<std::string_view> choices;  ///< to show when there is nothing to add; views of the words given
};

/// Completes the line's first word, `before_cursor` being the line up to the cursor, with what all the words beginning
/// like it have in common. Nothing for a later word.
[[nodiscard]] Completion complete(std::string_view before_cursor, const std::vector<std::string>& words);

}  // namespace trackalert::console
