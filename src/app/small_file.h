// SPDX-License-Identifier: Apache-2.0
// A small file that is written anew whenever what it says changes.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "base/json_value.h"
#include "base/result.h"

namespace trackalert::app {

/// Through a second file beside it, so that after a crash or a power cut it has the old or the new text. For its owner
/// alone.
[[nodiscard]] base::Result<void> write_in_one_step(const std::string& file, std::string_view text);

/// Such a file of JSON, one value a line, in its order; nothing if there is none. An error: it cannot be read, or has
/// something else.
[[nodiscard]] base::Result<void> read_json_lines(
    const std::string& file, const std::function<void(std::string_view line, base::JsonValue value)>& each);

}  // namespace trackalert::app
