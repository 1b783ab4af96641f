// SPDX-License-Identifier: Apache-2.0
#include "app/jobs.h"

namespace trackalert::app {

std::vector<schedule::Job> jobs_of(const policy::Settings& settings) {
  std::vector<schedule::Job> jobs;
  for (const auto& job : settings.schedules) {
    if (job.cron) {
      jobs.emplace_back(schedule::CronJob{job.name, *job.cron});
    } else {
      jobs.emplace_back(schedule::IntervalJob{job.name, job.interval});
    }
  }
  return jobs;
}

}  // namespace trackalert::app
