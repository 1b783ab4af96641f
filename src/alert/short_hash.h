// SPDX-License-Identifier: Apache-2.0
// Ids that are the same in every run. Pure; any thread.
#pragma once

#include <string>
#include <string_view>

namespace trackalert::alert {

/// 16 hex digits of the text's BLAKE2b hash.
[[nodiscard]] std::string short_hash(std::string_view text);

}  // namespace trackalert::alert
