// SPDX-License-Identifier: Apache-2.0
// Where the configuration lies. Its folder becomes the working directory, so that relative names in it mean files
// beside it.
#pragma once

#include <optional>
#include <string>

#include "base/log.h"
#include "base/result.h"
#include "policy/policy.h"

namespace trackalert::app {

/// Changes to the folder of `file`, or of the default file without one; returns the file's name there. A folder that
/// cannot be entered is a warning.
std::string enter_config_folder(const std::optional<std::string>& file, base::Log& log);

/// The same file, also when a configuration's folder has become the working directory.
[[nodiscard]] std::string absolute_name(const std::string& file);

/// The default folder: /etc/wforce, as Debian builds it.
[[nodiscard]] std::string default_config_folder();

/// Reads the file and says so.
base::Result<policy::Policy::Source> read_config(const std::string& name, base::Log& log);

}  // namespace trackalert::app
