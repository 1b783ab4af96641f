// SPDX-License-Identifier: Apache-2.0
#include "policy/alert_access.h"

#include "policy/history_access.h"

namespace trackalert::policy {

alert::Watch& running_watch(const Call& call) {
  auto* watch = running_history(call).watch;
  if (watch == nullptr) throw FunctionError("there are no alerts without a history that is written to");
  return *watch;
}

}  // namespace trackalert::policy
