// SPDX-License-Identifier: Apache-2.0
// A configuration as the daemon reads it, for a command beside it: settings and GeoIP databases, nothing runs.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "app/generation.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/result.h"
#include "policy/settings.h"
#include "policy/statistics.h"

namespace trackalert::app {

class OfflineConfig {
 public:
  /// The file's folder becomes the working directory. Warnings go to standard error.
  static base::Result<std::unique_ptr<OfflineConfig>> read(const std::optional<std::string>& file);

  [[nodiscard]] const policy::Settings& settings() const { return settings_; }
  [[nodiscard]] const geo::Databases& places() const { return generation_->geo(); }

 private:
  OfflineConfig();

  base::Log log_;
  base::SystemClock clock_;
  policy::Statistics statistics_;
  policy::NoControl control_;
  const std::atomic<const policy::RunningHistory*> no_history_{nullptr};
  std::shared_ptr<Generation> generation_;
  policy::Settings settings_;
};

/// Standard error, and only what somebody must know.
[[nodiscard]] base::Log::Options warnings_alone();

}  // namespace trackalert::app
