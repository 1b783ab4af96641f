// SPDX-License-Identifier: Apache-2.0
// Where the templates of mails and pages lie: share/trackalert/templates beside the folder of the running program.
#pragma once

#include <string>

#include "base/result.h"

namespace trackalert::app {

/// An error names the place.
[[nodiscard]] base::Result<std::string> templates_folder();

}  // namespace trackalert::app
