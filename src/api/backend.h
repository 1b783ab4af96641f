// SPDX-License-Identifier: Apache-2.0
// What the HTTP side stands on. Everything here is safe to use from any thread and outlives the server.
#pragma once

#include <atomic>
#include <string>

#include "api/access.h"
#include "api/auth_log.h"
#include "api/feedback_page.h"
#include "api/guess_brake.h"
#include "api/query_threads.h"
#include "api/report_intake.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/published.h"
#include "device/device_parser.h"
#include "login/parse.h"
#include "policy/statistics.h"
#include "policy/worker_pool.h"

namespace trackalert::api {

enum class Readiness { starting, ready, stopping };

struct Backend {
  base::Log& log;
  const base::Clock& clock;
  policy::Statistics& statistics;
  policy::WorkerPool& workers;
  const device::DeviceParser& devices;
  const base::Published<const Access>& access;
  const std::atomic<Readiness>& readiness;
  AuthLog& auth_log;
  GuessBrake& guesses;
  // What there is with a history; null without one.
  history::History* history = nullptr;
  alert::Watch* watch = nullptr;
  ReportIntake* intake = nullptr;
  QueryThreads* queries = nullptr;
  const FeedbackDoor* feedback = nullptr;  ///< wants setPublicUrl() too
};

}  // namespace trackalert::api
