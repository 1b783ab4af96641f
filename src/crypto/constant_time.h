// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace trackalert::crypto {

/// Whether both are the same bytes, in a time that tells nothing but whether their sizes differ.
[[nodiscard]] bool equal_in_constant_time(std::string_view a, std::string_view b);

}  // namespace trackalert::crypto
