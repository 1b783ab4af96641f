// SPDX-License-Identifier: Apache-2.0
#include "logs/attempt.h"

#include <algorithm>

namespace trackalert::logs {

Reading put(const Attempt& attempt, std::vector<login::Report>& out) {
  using enum Reading::Kind;
  if (attempt.login.size() > max_login_bytes) return {bad, "a login that is too long"};
  login::Report report;
  if (!attempt.remote.empty()) {
    const auto remote = base::parse_address(attempt.remote);
    if (!remote) return {bad, "no address where one should be"};
    report.remote = remote->unmapped();
  } else if (attempt.login.empty()) {
    return {bad, "neither login nor address"};
  }
  report.t = static_cast<double>(attempt.time) / static_cast<double>(history::second);
  report.login = attempt.login;
  report.pwhash = attempt.pwhash;
  report.protocol = attempt.protocol;
  report.session_id = attempt.session_id;
  report.device_id = attempt.device_id;
  report.success = attempt.success;
  report.tls = attempt.tls;
  if (!attempt.success) report.fail_type = attempt.fail_type;
  const auto times = std::clamp(attempt.repeats, 1U, max_repeats);
  for (unsigned i = 1; i < times; ++i) out.push_back(report);
  out.push_back(std::move(report));
  return {attempts};
}

}  // namespace trackalert::logs
