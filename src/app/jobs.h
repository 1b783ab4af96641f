// SPDX-License-Identifier: Apache-2.0
// What a configuration schedules, for whoever runs it. Pure.
#pragma once

#include <vector>

#include "policy/settings.h"
#include "schedule/timetable.h"

namespace trackalert::app {

[[nodiscard]] std::vector<schedule::Job> jobs_of(const policy::Settings& settings);

}  // namespace trackalert::app
