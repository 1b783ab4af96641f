// SPDX-License-Identifier: Apache-2.0
// The part of an erasure that is about feedback. Within the caller's transaction.
#pragma once

#include <string>

#include "alert/sqlite.h"
#include "base/result.h"

namespace trackalert::alert {

/// The login's marks are gone, and its name from who gave verdicts.
base::Result<void> erase_feedback(sqlite::Database& database, const std::string& login);

}  // namespace trackalert::alert
