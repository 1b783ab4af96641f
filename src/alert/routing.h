// SPDX-License-Identifier: Apache-2.0
// Where news of an alert go. Channels stand above alerts, so the Watch sees them through this.
#pragma once

#include <string>
#include <vector>

#include "alert/alert.h"
#include "alert/news.h"

namespace trackalert::alert {

/// Immutable; any thread.
class Routing {
 public:
  virtual ~Routing() = default;
  /// The channels that are to tell it, each once. Never asked about alerts of rules that only look on.
  [[nodiscard]] virtual std::vector<std::string> channels(const Alert& alert, News news, history::Time now) const = 0;
};

}  // namespace trackalert::alert
