// SPDX-License-Identifier: Apache-2.0
// Durations as the operator writes them: "h[h][:mm[:ss]]". "10" is ten hours, "00:00:01" one second.
#pragma once

#include <chrono>
#include <string_view>

#include "base/result.h"

namespace trackalert::schedule {

/// Hours have any number of digits; minutes and seconds exactly two, up to 99. Blanks around, an empty last field
/// ("1:") and a fraction of seconds mean nothing. Zero is a duration: who needs more than that must look. Whatever is
/// longer than base::WallTime can count is refused. The error is "Cannot parse duration string: TEXT".
[[nodiscard]] base::Result<std::chrono::seconds> parse_duration(std::string_view text);

}  // namespace trackalert::schedule
