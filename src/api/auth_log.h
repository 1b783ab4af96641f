// SPDX-License-Identifier: Apache-2.0
// Tells of failed authentication, in the line that fail2ban and the like know; counted all, logged up to a bound.
#pragma once

#include <string_view>

#include "base/address.h"
#include "base/line_limiter.h"
#include "base/log.h"
#include "metrics/registry.h"

namespace trackalert::api {

/// Any thread.
class AuthLog {
 public:
  static constexpr unsigned max_lines_per_second = 100;

  AuthLog(base::Log& log, const base::Clock& clock, metrics::Registry& registry);
  void failed(std::string_view target, const base::Endpoint& peer);

 private:
  base::Log& log_;
  base::LineLimiter lines_;
  metrics::Counter& failures_;
};

}  // namespace trackalert::api
