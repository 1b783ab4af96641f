// SPDX-License-Identifier: Apache-2.0
// A small file that is written anew whenever what it says changes.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace trackalert::app {

/// Through a second file beside it, so that after a crash or a power cut it has the old or the new text. For its owner
/// alone.
[[nodiscard]] base::Result<void> write_in_one_step(const std::string& file, std::string_view text);

}  // namespace trackalert::app
