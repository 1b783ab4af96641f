// SPDX-License-Identifier: Apache-2.0
// Which settings differ and cannot change while the daemon runs.
#pragma once

#include <string>
#include <vector>

#include "policy/settings.h"

namespace trackalert::app {

/// The Lua functions whose new values wait for the next start, even after a reload.
[[nodiscard]] std::vector<std::string> changes_for_next_start(const policy::Settings& before,
                                                              const policy::Settings& after);
/// Those, and the ones that a reload takes over but a console command cannot.
[[nodiscard]] std::vector<std::string> changes_for_next_load(const policy::Settings& before,
                                                             const policy::Settings& after);

}  // namespace trackalert::app
