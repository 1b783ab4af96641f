// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace trackalert::policy {

/// From the project() line of CMakeLists.txt.
inline constexpr const char* version = TRACKALERT_VERSION;

}  // namespace trackalert::policy
