// SPDX-License-Identifier: Apache-2.0
// The built-in commands of the HTTP side, which custom endpoints cannot take.
#pragma once

#include <algorithm>
#include <array>
#include <string_view>

namespace trackalert::policy {

inline constexpr std::array<std::string_view, 4> reserved_names{"livez", "readyz", "report", "stats"};

[[nodiscard]] constexpr bool is_reserved_name(std::string_view name) {
  return std::find(reserved_names.begin(), reserved_names.end(), name) != reserved_names.end();
}

}  // namespace trackalert::policy
