// SPDX-License-Identifier: Apache-2.0
#include "schedule/timetable.h"

#include <algorithm>
#include <set>
#include <utility>

#include "base/log.h"

namespace trackalert::schedule {
namespace {

constexpr std::chrono::milliseconds shortest_interval{1};
/// Keeps sums of times within 64 bits of nanoseconds.
constexpr std::chrono::milliseconds longest_interval = std::chrono::hours{24} * 36'525;
constexpr std::chrono::hours idle{1};
/// Later than any firing, and subtractable.
constexpr base::WallTime never = std::chrono::sys_days{std::chrono::year{9999} / 12 / 31};

}  // namespace

Timetable::Timetable(const Zone& zone, std::size_t max_jobs) : zone_(&zone), max_jobs_(max_jobs) {}

base::WallTime Timetable::next(const CronJob& job, Now now) const {
  return job.when.next_after(now.wall, *zone_).value_or(never);
}

base::Result<void> Timetable::check(const Job& job, Now now) const {
  if (const auto* cron = std::get_if<CronJob>(&job)) {
    if (!cron->when.next_after(now.wall, *zone_))
      return base::fail("cron expression never fires: {}", cron->when.text());
  } else if (const auto& interval = std::get<IntervalJob>(job); interval.every < shortest_interval) {
    return base::fail("interval of background function [{}] is too short", base::escape_control(interval.name));
  }
  return {};
}

void Timetable::insert(Job job, Now now) {
  if (auto* cron = std::get_if<CronJob>(&job)) {
    const auto due = next(*cron, now);
    cron_.emplace(due, std::move(*cron));
  } else {
    auto& interval = std::get<IntervalJob>(job);
    interval.every = std::min(interval.every, longest_interval);
    interval_.emplace(now.steady + interval.every, std::move(interval));
  }
}

base::Result<void> Timetable::add(Job job, Now now) {
  if (size() >= max_jobs_) return base::fail("too many scheduled background functions, the limit is {}", max_jobs_);
  if (auto checked = check(job, now); !checked) return checked;
  if (!last_look_) last_look_ = now;
  insert(std::move(job), now);
  return {};
}

base::Result<void> Timetable::replace_all(std::vector<Job> jobs, Now now) {
  if (jobs.size() > max_jobs_) return base::fail("too many scheduled background functions, the limit is {}", max_jobs_);
  for (const auto& job : jobs) {
    if (auto checked = check(job, now); !checked) return checked;
  }
  using Identity = std::pair<std::string, std::chrono::milliseconds>;
  std::map<Identity, base::SteadyTime> known;
  std::set<Identity> known_waiting;
  for (const auto& [due, job] : interval_) known.emplace(Identity{job.name, job.every}, due);
  for (const auto& [name, job] : waiting_) known_waiting.emplace(name, job.every);

  cron_.clear();
  interval_.clear();
  waiting_.clear();
  if (!last_look_) last_look_ = now;
  for (auto& job : jobs) {
    if (auto* interval = std::get_if<IntervalJob>(&job)) {
      const Identity identity{interval->name, std::min(interval->every, longest_interval)};
      if (known_waiting.contains(identity)) {
        waiting_.emplace(interval->name, IntervalJob{interval->name, identity.second});
        continue;
      }
      if (const auto at = known.find(identity); at != known.end()) {
        interval_.emplace(at->second, IntervalJob{interval->name, identity.second});
        continue;
      }
    }
    insert(std::move(job), now);
  }
  return {};
}

void Timetable::restart(Now now) {
  auto before = std::exchange(cron_, {});
  while (!before.empty()) {
    auto node = before.extract(before.begin());
    node.key() = next(node.mapped(), now);
    cron_.insert(std::move(node));
  }
  last_look_ = now;
}

void Timetable::notice_jump(Now now) {
  if (last_look_) {
    using std::chrono::microseconds;
    const auto passed = std::chrono::duration_cast<microseconds>(now.steady - last_look_->steady);
    const microseconds drift = (now.wall - last_look_->wall) - passed;
    if (std::chrono::abs(drift) > jump) restart(now);
  }
  last_look_ = now;
}

void Timetable::claim(const std::string& name, Due& due) {
  if (busy_.insert(name).second) {
    due.names.push_back(name);
  } else {
    ++due.skipped;
  }
}

Timetable::Due Timetable::take_due(Now now) {
  notice_jump(now);
  Due due;
  while (!cron_.empty() && cron_.begin()->first <= now.wall) {
    auto node = cron_.extract(cron_.begin());
    claim(node.mapped().name, due);
    node.key() = next(node.mapped(), now);
    cron_.insert(std::move(node));
  }
  while (!interval_.empty() && interval_.begin()->first <= now.steady) {
    auto node = interval_.extract(interval_.begin());
    claim(node.mapped().name, due);
    std::string name = node.mapped().name;
    waiting_.emplace(std::move(name), std::move(node.mapped()));
  }
  return due;
}

void Timetable::finished(const std::string& name, Now now) {
  busy_.erase(name);
  const auto [first, last] = waiting_.equal_range(name);
  for (auto it = first; it != last; ++it) interval_.emplace(now.steady + it->second.every, std::move(it->second));
  waiting_.erase(first, last);
}

std::chrono::nanoseconds Timetable::wait(Now now) const {
  std::chrono::nanoseconds wait = idle;
  if (!cron_.empty()) {
    // Capped before it becomes nanoseconds, in which a far date would overflow.
    const std::chrono::microseconds until = cron_.begin()->first - now.wall;
    wait = std::clamp<std::chrono::microseconds>(until, std::chrono::microseconds{0}, longest_blind_wait);
  }
  if (!interval_.empty()) wait = std::min(wait, std::chrono::nanoseconds{interval_.begin()->first - now.steady});
  return std::max(wait, std::chrono::nanoseconds{0});
}

std::optional<std::chrono::microseconds> Timetable::until_next(Now now) const {
  using std::chrono::microseconds;
  std::optional<microseconds> until;
  if (!cron_.empty()) until = cron_.begin()->first - now.wall;
  if (!interval_.empty()) {
    const auto after = std::chrono::ceil<microseconds>(interval_.begin()->first - now.steady);
    until = until ? std::min(*until, after) : after;
  }
  if (!until) return until;
  return std::max(*until, microseconds{0});
}

}  // namespace trackalert::schedule
