// SPDX-License-Identifier: Apache-2.0
#include "api/auth_log.h"

#include "api/route.h"

namespace trackalert::api {

AuthLog::AuthLog(base::Log& log, const base::Clock& clock, metrics::Registry& registry)
    : log_(log),
      lines_(clock, max_lines_per_second),
      failures_(registry.counter("http_auth_failures_total", "Requests with no or a wrong password")) {}

void AuthLog::failed(std::string_view target, const base::Endpoint& peer) {
  failures_.add();
  if (const auto left_out = lines_.take_left_out(); left_out > 0) {
    log_.error("WforceWebserver: {} more authentication failures were not logged", left_out);
  }
  if (!lines_.admit()) return;
  log_.error("WforceWebserver: HTTP(S) Request \"{}\" from {}: Web Authentication failed",
             base::escape_control(path_of(target)), peer.to_string());
}

}  // namespace trackalert::api
