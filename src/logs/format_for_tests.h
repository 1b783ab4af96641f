// SPDX-License-Identifier: Apache-2.0
// A line through a format, and what came of it as a text to compare.
#pragma once

#include <fmt/format.h>

#include <string>
#include <vector>

#include "logs/format.h"

namespace trackalert::logs {

class FixedZone final : public schedule::Zone {
 public:
  explicit FixedZone(std::chrono::seconds offset) : offset_(offset) {}
  [[nodiscard]] std::chrono::seconds offset_at(std::chrono::sys_seconds /*when*/) const override { return offset_; }

 private:
  std::chrono::seconds offset_;
};

/// 2026-11-27T12:00:00Z
inline constexpr history::Time reference_for_tests = 1'795'780'800 * history::second;

/// "1795780800 joe 192.0.2.1 imap ok", or "... failed credentials"; then, where there is such, tls, pwhash=,
/// session=, device=
inline std::string text_of(const login::Report& report) {
  auto out = fmt::format("{} {} {} {} {}", report.t, report.login, report.remote.to_string(), report.protocol,
                         report.success ? "ok" : "failed " + report.fail_type);
  if (report.tls) out += " tls";
  if (!report.pwhash.empty()) out += " pwhash=" + report.pwhash;
  if (!report.session_id.empty()) out += " session=" + report.session_id;
  if (!report.device_id.empty()) out += " device=" + report.device_id;
  return out;
}

/// Reads lines in one object: the attempts of each, or "-" for another line and "bad: reason".
class Lines {
 public:
  explicit Lines(std::string_view format, std::chrono::seconds zone = std::chrono::hours(1))
      : zone_(zone), format_(format_by_name(format)->make({zone_, reference_for_tests})) {}

  std::string read(std::string_view line) {
    std::vector<login::Report> found;
    const auto reading = format_->read(line, found);
    if (reading.kind == Reading::Kind::bad) return fmt::format("bad: {}", reading.reason);
    if (reading.kind == Reading::Kind::other) return "-";
    std::string out;
    for (const auto& report : found) out += (out.empty() ? "" : "; ") + text_of(report);
    return out;
  }

 private:
  FixedZone zone_;
  std::unique_ptr<Format> format_;
};

}  // namespace trackalert::logs
