// SPDX-License-Identifier: Apache-2.0
// Zones for tests.
#pragma once

#include <date/tz.h>

#include <cstdlib>
#include <string>

#include "schedule/zone.h"

namespace trackalert::schedule {

/// A zone of the system's database, read by code that shares nothing with the C library's. It knows no summer time
/// after 2037, where the table of transitions ends and the rule begins.
class DatabaseZone final : public Zone {
 public:
  explicit DatabaseZone(const std::string& name) : zone_(date::locate_zone(name)) {}
  [[nodiscard]] std::chrono::seconds offset_at(std::chrono::sys_seconds when) const override {
    return zone_->get_info(when).offset;
  }

 private:
  const date::time_zone* zone_;
};

/// Sets TZ for the life of the object. Only while no other thread runs.
class ProcessZone {
 public:
  explicit ProcessZone(const char* name) {
    if (const char* before = std::getenv("TZ")) before_ = before;
    ::setenv("TZ", name, 1);
    ::tzset();
  }
  ~ProcessZone() {
    before_.empty() ? ::unsetenv("TZ") : ::setenv("TZ", before_.c_str(), 1);
    ::tzset();
  }
  ProcessZone(const ProcessZone&) = delete;
  ProcessZone& operator=(const ProcessZone&) = delete;

 private:
  std::string before_;
};

}  // namespace trackalert::schedule
