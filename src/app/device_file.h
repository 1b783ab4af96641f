// SPDX-License-Identifier: Apache-2.0
// Where the patterns of user agents lie.
#pragma once

#include <optional>
#include <string>

namespace trackalert::app {

/// The file of -R, else the one beside the configuration, else Debian's; none at all is no error.
[[nodiscard]] std::optional<std::string> find_regexes(const std::optional<std::string>& wanted);

}  // namespace trackalert::app
