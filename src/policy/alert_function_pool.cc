// SPDX-License-Identifier: Apache-2.0
#include "policy/alert_function_pool.h"

#include "channel/message_json.h"

namespace trackalert::policy {

void AlertFunctionPool::call(std::string_view name, const channel::Message& message, Done done) {
  const auto kept = std::make_shared<Done>(std::move(done));  // a queue that is full takes nothing, and we answer
  const bool queued =
      workers_.call_alert_function(std::string(name), channel::function_json(message), [kept](CustomResult result) {
        if (result.end == CustomResult::End::ok) return (*kept)(std::move(result.r_attrs));
        (*kept)(base::fail("{}", result.reason));
      });
  if (!queued) (*kept)(base::fail("the queue of the report workers is full"));
}

}  // namespace trackalert::policy
