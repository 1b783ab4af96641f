// SPDX-License-Identifier: Apache-2.0
// The way to the running daemon's alerts, for the bindings.
#pragma once

#include "alert/watch.h"
#include "policy/function_table.h"

namespace trackalert::policy {

/// Or the FunctionError that says why there is none.
[[nodiscard]] alert::Watch& running_watch(const Call& call);

}  // namespace trackalert::policy
