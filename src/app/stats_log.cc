// SPDX-License-Identifier: Apache-2.0
#include "app/stats_log.h"

namespace trackalert::app {
namespace {

constexpr std::chrono::seconds every{300};

/// NAME=VALUE with a blank behind each, as log parsers know it.
std::string line_of(std::string_view what, const std::vector<std::pair<std::string, std::uint64_t>>& sums) {
  std::string line = fmt::format("{} stats last {} secs: ", what, every.count());
  for (const auto& [name, count] : sums) line += fmt::format("{}={} ", base::escape_control(name), count);
  return line;
}

}  // namespace

StatsLog::StatsLog(const policy::Statistics& statistics, const base::Clock& clock, base::Log& log)
    : statistics_(statistics), clock_(clock), log_(log), next_(clock.steady() + every) {}

void StatsLog::tick() {
  if (clock_.steady() < next_) return;
  next_ += every;
  log_.notice("{}", line_of("perf", statistics_.perf.sums()));
  log_.notice("{}", line_of("command", statistics_.commands.sums()));
  if (const auto custom = statistics_.custom.sums(); !custom.empty()) log_.notice("{}", line_of("custom", custom));
}

}  // namespace trackalert::app
