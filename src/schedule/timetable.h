// SPDX-License-Identifier: Apache-2.0
// What is due when: the scheduler's decisions without its threads. Time comes in with every call.
//
// Jobs have names, and one name never overlaps itself, however many jobs carry it. A name is busy from take_due(),
// which hands it out, to finished(). What falls due for a busy name is skipped and counted.
//
// Cron jobs go by the wall clock. Firings that were missed are not made up: the next is always computed from now, and
// when the wall clock jumps (is set, or the machine was suspended), all are computed anew. Interval jobs go by the
// monotonic clock: one interval after they were added, then one interval after the end of the run before.
//
// Not thread-safe.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <unordered_set>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "schedule/cron.h"
#include "schedule/zone.h"

namespace trackalert::schedule {

struct CronJob {
  std::string name;
  CronExpression when;
};

struct IntervalJob {
  std::string name;
  std::chrono::milliseconds every;  ///< at least 1 ms; more than a century counts as a century
};

using Job = std::variant<CronJob, IntervalJob>;

/// One moment on both clocks.
struct Now {
  base::WallTime wall;
  base::SteadyTime steady;
};

class Timetable {
 public:
  /// The wall clock may drift this far from the monotonic one between two looks without having jumped.
  static constexpr std::chrono::minutes jump{1};
  /// Jumps are noticed this late, so wait() is not longer while there are cron jobs.
  static constexpr std::chrono::seconds longest_blind_wait{1};

  /// `zone` must outlive the timetable.
  Timetable(const Zone& zone, std::size_t max_jobs);

  /// Fails if there are max_jobs already, if a cron job never fires in this zone, and if an interval is too short.
  [[nodiscard]] base::Result<void> add(Job job, Now now);

  /// Only these jobs from now on; on failure nothing changes. Busy names stay busy. An interval job that was there
  /// before keeps its place in time, so that frequent reloads do not starve it.
  [[nodiscard]] base::Result<void> replace_all(std::vector<Job> jobs, Now now);

  /// Computes the next firing of every cron job from now.
  void restart(Now now);

  struct Due {
    std::vector<std::string> names;  ///< to be run, and busy from here on
    std::uint64_t skipped = 0;       ///< were due, but busy
  };
  [[nodiscard]] Due take_due(Now now);

  /// The run of `name` is over, or will never be.
  void finished(const std::string& name, Now now);

  /// How long to sleep before the next take_due(), if nothing else happens.
  [[nodiscard]] std::chrono::nanoseconds wait(Now now) const;

  /// How long until something is due, however long that is; none without a job. For whoever moves both clocks together.
  [[nodiscard]] std::optional<std::chrono::microseconds> until_next(Now now) const;

  [[nodiscard]] std::size_t size() const { return cron_.size() + interval_.size() + waiting_.size(); }

 private:
  [[nodiscard]] base::WallTime next(const CronJob& job, Now now) const;
  [[nodiscard]] base::Result<void> check(const Job& job, Now now) const;
  void insert(Job job, Now now);
  void notice_jump(Now now);
  void claim(const std::string& name, Due& due);

  const Zone* zone_;
  std::size_t max_jobs_;
  std::multimap<base::WallTime, CronJob> cron_;            ///< by next firing
  std::multimap<base::SteadyTime, IntervalJob> interval_;  ///< by next firing
  std::multimap<std::string, IntervalJob> waiting_;        ///< for a run of that name to end; only of busy names
  std::unordered_set<std::string> busy_;
  std::optional<Now> last_look_;
};

}  // namespace trackalert::schedule
