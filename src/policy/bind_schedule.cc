// SPDX-License-Identifier: Apache-2.0
#include "policy/bindings.h"
#include "policy/state_context.h"
#include "schedule/duration.h"

namespace trackalert::policy {
namespace {

constexpr std::size_t most_schedules = 10'000;

void add_schedule(Call& call, ScheduleSetting job) {
  auto& schedules = call.context().settings->schedules;
  if (schedules.size() >= most_schedules) throw FunctionError(fmt::format("more than {} schedules", most_schedules));
  schedules.push_back(std::move(job));
}

int cron_schedule(Call& call) {
  auto cron = schedule::CronExpression::parse(call.text(1));
  if (!cron) throw FunctionError("Caught exception: " + cron.error().message);
  add_schedule(call, {.name = call.text(2), .cron = std::move(*cron), .text = call.text(1)});
  return 0;
}

int interval_schedule(Call& call) {
  auto interval = schedule::parse_duration(call.text(1));
  if (!interval) {
    call.context().services.log.error("{}", interval.error().message);
    throw FunctionError(interval.error().message);
  }
  if (interval->count() == 0) {
    call.context().services.log.warning("intervalScheduleBackgroundFunc(): an interval of 0 for [{}] becomes 1 s",
                                        base::escape_control(call.text(2)));
    interval = std::chrono::seconds(1);
  }
  add_schedule(call, {.name = call.text(2), .interval = *interval, .text = call.text(1)});
  return 0;
}

int duration_to_seconds(Call& call) {
  const auto duration = schedule::parse_duration(call.text(1));
  if (!duration) call.context().services.log.error("{}", duration.error().message);
  return call.returns(duration ? static_cast<double>(duration->count()) : 0.0);
}

}  // namespace

std::span<const FunctionRow> schedule_functions() {
  static const std::vector<FunctionRow> rows{
      {"cronScheduleBackgroundFunc",
       Acts::in_global,
       {{"cron", Type::text}, {"name", Type::text}},
       "",
       "Runs a background function by a cron line, in local time: \"minute hour day month weekday\" with ranges, "
       "lists, steps and names, or @hourly and the like.",
       &cron_schedule},
      {"intervalScheduleBackgroundFunc",
       Acts::in_global,
       {{"interval", Type::text}, {"name", Type::text}},
       "",
       "Runs a background function again and again, \"h[h][:mm[:ss]]\" after the end of its last run.",
       &interval_schedule},
      {"durationToSeconds",
       Acts::everywhere,
       {{"duration", Type::text}},
       "number",
       "The seconds of \"h[h][:mm[:ss]]\"; 0 and an error in the log if it is none.",
       &duration_to_seconds},
  };
  return rows;
}

}  // namespace trackalert::policy
