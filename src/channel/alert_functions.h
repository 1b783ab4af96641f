// SPDX-License-Identifier: Apache-2.0
// The operator's Lua functions that channels ask: templates, and who an account belongs to. Channels stand below the
// policy, so they see it through this.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "channel/channel.h"

namespace trackalert::channel {

/// What a function returned: a text alone under the key "", or the members of a table whose values are texts, numbers
/// or booleans, as texts. Empty: nil.
using FunctionAnswer = std::vector<std::pair<std::string, std::string>>;

class AlertFunctions {
 public:
  using Done = std::function<void(base::Result<FunctionAnswer>)>;
  virtual ~AlertFunctions() = default;
  /// Runs the function that setAlertFunction() gave this name, on a worker, with the table of function_json()
  /// (message_json.h): the members of the alert and, for a digest, all of the message in `alerts`. Never blocks; `done`
  /// comes on any thread, once, also when there is no such function, or when it fails or takes too long; only the end
  /// of the workers leaves it out.
  virtual void call(std::string_view name, const Message& message, Done done) = 0;
};

}  // namespace trackalert::channel
