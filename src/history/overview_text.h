// SPDX-License-Identifier: Apache-2.0
// An overview as text for people: what showLogin() and showRemote() print. What clients sent is escaped, so that it can
// not reach a terminal as commands. Pure functions; every line ends.
#pragma once

#include <string>

#include "history/overview.h"

namespace trackalert::history {

[[nodiscard]] std::string overview_text(const LoginOverview& overview);
[[nodiscard]] std::string overview_text(const RemoteOverview& overview);
/// `folder`: where it lies.
[[nodiscard]] std::string status_text(const Status& status, const std::string& folder);

}  // namespace trackalert::history
