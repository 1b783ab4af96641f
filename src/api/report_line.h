// SPDX-License-Identifier: Apache-2.0
// The line that -v logs for each report.
#pragma once

#include <string>

#include "login/report.h"

namespace trackalert::api {

/// reportLog: remote="..." login="..." ... attrs={a="1", m=["x", "y"]} with a blank at the end. What the client sent is
/// escaped.
[[nodiscard]] std::string report_line(const login::Report& report);

}  // namespace trackalert::api
