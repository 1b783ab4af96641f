// SPDX-License-Identifier: Apache-2.0
// The surroundings that a Policy needs, for unit tests.
#pragma once

#include <gtest/gtest.h>

#include <mutex>
#include <string>
#include <vector>

#include "alert/webhooks.h"
#include "geo/databases.h"
#include "policy/policy.h"

namespace trackalert::policy {

class World : public Control {
  std::mutex mutex_;
  std::vector<std::string> lines_;

 public:
  World() : log(log_options()), statistics(clock), webhooks(clock, log, statistics.registry) {}

  std::shared_ptr<Policy> load(const std::string& config) {
    auto policy = Policy::load({"test.conf", config}, services());
    if (!policy) {
      load_error = policy.error().message;
      return nullptr;
    }
    return std::shared_ptr<Policy>(std::move(*policy));
  }

  Services services() { return {log, clock, statistics, *this, geo, webhooks, history}; }

  void shut_down(int exit_status) override { exit = exit_status; }

  std::vector<std::string> lines() {
    const std::lock_guard lock(mutex_);
    return lines_;
  }
  bool logged(std::string_view part) {
    for (const auto& line : lines()) {
      if (line.find(part) != line.npos) return true;
    }
    return false;
  }

  base::SystemClock clock;
  base::Log log;
  Statistics statistics;
  geo::Databases geo;
  alert::Webhooks webhooks;
  std::atomic<const RunningHistory*> history{nullptr};
  std::string load_error;
  std::optional<int> exit;

 private:
  base::Log::Options log_options() {
    base::Log::Options options;
    options.syslog = false;
    options.sink = [this](base::Level, std::string_view line) {
      const std::lock_guard lock(mutex_);
      lines_.emplace_back(line);
    };
    return options;
  }
};

inline std::unique_ptr<login::Report> report_of(std::string login) {
  auto report = std::make_unique<login::Report>();
  report->login = std::move(login);
  return report;
}

}  // namespace trackalert::policy
