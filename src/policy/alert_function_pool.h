// SPDX-License-Identifier: Apache-2.0
// The functions of setAlertFunction(), run by the report workers between reports. Any thread.
#pragma once

#include "channel/alert_functions.h"
#include "policy/worker_pool.h"

namespace trackalert::policy {

class AlertFunctionPool final : public channel::AlertFunctions {
 public:
  /// `workers` must outlive it.
  explicit AlertFunctionPool(WorkerPool& workers) : workers_(workers) {}
  void call(std::string_view name, const channel::Message& message, Done done) override;

 private:
  WorkerPool& workers_;
};

}  // namespace trackalert::policy
