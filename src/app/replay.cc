// SPDX-License-Identifier: Apache-2.0
#include "app/replay.h"

#include <algorithm>
#include <filesystem>

#include "app/jobs.h"
#include "app/judging.h"

namespace trackalert::app {
namespace {

constexpr std::size_t most_waiting = 256;
/// Reports further apart are not taken at once: the later is not to be among what the earlier is judged by.
constexpr history::Time most_apart = history::minute;
constexpr history::Time late_by = 10 * history::minute;
constexpr std::uint64_t reports_per_upkeep = 16'384;
/// A time that makes no sense would otherwise run an hourly function for centuries.
constexpr std::uint64_t most_runs_a_gap = 10'000;
constexpr std::size_t most_jobs = 10'000;

/// Both clocks of a replay are the reports'.
schedule::Now moment(history::Time time) {
  const std::chrono::microseconds since{time};
  return {base::WallTime{since}, base::SteadyTime{since}};
}

/// A folder that is there, and is neither empty nor a history, is a mistake.
base::Result<void> check_folder(const std::string& folder) {
  std::error_code error;
  if (!std::filesystem::exists(folder, error)) return {};
  if (!std::filesystem::is_directory(folder, error)) return base::fail("{} is no directory", folder);
  if (std::filesystem::exists(folder + "/db", error) || std::filesystem::is_empty(folder, error)) return {};
  return base::fail("{} is neither empty nor a history", folder);
}

}  // namespace

Replay::Replay(const Setup& setup, std::unique_ptr<history::rocksdb::LocalHistory> history, history::Options options)
    : setup_(setup),
      options_(std::move(options)),
      policy_(setup.policy.generation() == nullptr ? nullptr : &setup.policy.generation()->policy()),
      has_function_(policy_ != nullptr && policy_->has_report_function()),
      history_(std::move(history)),
      timetable_(zone_, most_jobs) {
  waiting_.reserve(most_waiting);
}

Replay::~Replay() {
  setup_.policy.publish(nullptr);
}

base::Result<std::unique_ptr<Replay>> Replay::open(const Setup& setup) {
  if (auto usable = check_folder(setup.folder); !usable) return std::unexpected(usable.error());
  auto options = setup.policy.settings().history;
  options.folder = setup.folder;
  options.sync = history::Sync::never;
  history::rocksdb::LocalHistory::Setup own{.options = options, .upkeep = false, .scratch = !setup.keep};
  own.options.memory_bytes = divide_memory(options.memory_bytes, true).history;
  auto history = history::rocksdb::LocalHistory::open(std::move(own), setup.policy.clock(), setup.policy.log(),
                                                      setup.policy.statistics().registry);
  if (!history) return std::unexpected(history.error());
  std::unique_ptr<Replay> replay(new Replay(setup, std::move(*history), std::move(options)));
  if (auto opened = replay->open_watch(); !opened) return std::unexpected(opened.error());
  return replay;
}

base::Result<void> Replay::open_watch() {
  auto& policy = setup_.policy;
  newest_ = history_->status().newest.value_or(0);
  set_clock(newest_);
  const auto shares = divide_memory(options_.memory_bytes, true);
  const alert::Watch::Options options{.history_folder = setup_.folder,
                                      .monitor = monitor_options(shares, 0),
                                      .retention = options_.profile_retention,
                                      .keep_at_once = setup_.tell_at_once,
                                      .read_back_beside = false,
                                      .also = &setup_.alerts};
  auto watch = alert::Watch::open({*history_, policy.clock(), policy.log(), policy.statistics().registry}, options);
  if (!watch) return std::unexpected(watch.error());
  watch_ = std::move(*watch);
  const auto& settings = policy.settings();
  auto kinds = asn_kinds_of(settings.detections);
  if (!kinds) return std::unexpected(kinds.error());
  if (auto used = watch_->use(settings.allowances); !used) return used;
  watch_->use(settings.detections.rules, std::move(*kinds));
  policy.publish(&running_.emplace(*history_, options_, watch_.get()));
  return {};
}

base::Result<void> Replay::schedule_jobs(history::Time now) {
  if (policy_ == nullptr) return {};
  if (auto placed = timetable_.replace_all(jobs_of(setup_.policy.settings()), moment(now)); !placed) return placed;
  find_next_run(now);
  return {};
}

base::Result<void> Replay::take(ReplayLine line) {
  const auto time = line.time;
  if (counts_.reports++ == 0) {
    if (auto scheduled = schedule_jobs(std::max(time, newest_)); !scheduled) return scheduled;
    dropped_at_ = time;
  }
  const bool due = next_run_ && *next_run_ <= time;
  if (!waiting_.empty() && (waiting_.size() >= most_waiting || time > first_waiting_ + most_apart || due)) {
    if (auto judged = judge_waiting(); !judged) return judged;
  }
  if (due) run_background_until(time);
  note_time(time);
  if (waiting_.empty()) first_waiting_ = time;
  auto& report = line.report;
  if (!report.has_device_attrs) report.device_attrs = setup_.devices.parse(report.protocol, report.device_id);
  auto& waiting = waiting_.emplace_back(std::move(report), place_of(line), std::move(line.label));
  if (setup_.scorer != nullptr) waiting.compare_risk = setup_.scorer->add(waiting.report, time, waiting.label);
  return has_function_ ? judge_waiting() : base::Result<void>{};
}

void Replay::note_time(history::Time time) {
  if (time + late_by < newest_) ++counts_.late;
  newest_ = std::max(newest_, time);
  counts_.oldest = std::min(counts_.oldest.value_or(time), time);
  counts_.newest = std::max(counts_.newest.value_or(time), time);
}

/// Where the line says it, that is what was known then; databases know what is so today.
geo::Place Replay::place_of(ReplayLine& line) {
  if (line.place) return std::move(*line.place);
  auto* generation = setup_.policy.generation();
  if (generation == nullptr || generation->geo().empty() || !history::has_remote(line.report)) return {};
  return locator_.locate(generation->geo(), line.report.remote);
}

base::Result<void> Replay::judge_waiting() {
  set_clock(newest_);
  arrivals_.clear();
  for (auto& waiting : waiting_) {
    auto& arrival = arrivals_.emplace_back(&waiting.report);
    arrival.place = std::move(waiting.place);
  }
  if (auto appended = history_->append(arrivals_); !appended) return appended;
  judgements_.assign(arrivals_.size(), {});
  watch_->judge(arrivals_, judgements_);
  if (setup_.scorer != nullptr) {
    for (std::size_t i = 0; i < arrivals_.size(); ++i) {
      if (!waiting_[i].compare_risk) continue;
      setup_.scorer->add_risk(waiting_[i].label, arrivals_[i].before.successes, judgements_[i].risk.total());
    }
  }
  if (has_function_) run_report_functions();
  since_upkeep_ += waiting_.size();
  waiting_.clear();
  if (since_upkeep_ >= reports_per_upkeep) keep_house();
  return {};
}

void Replay::run_report_functions() {
  for (std::size_t i = 0; i < arrivals_.size(); ++i) {
    auto& judgement = judgements_[i];
    const bool known = !judgement.findings.empty() || judgement.risk.known != 0;
    policy_->run_report(ReplayPolicy::report_worker, std::make_unique<login::Report>(std::move(waiting_[i].report)),
                        known ? std::make_unique<const alert::Judgement>(std::move(judgement)) : nullptr,
                        std::move(arrivals_[i].place));
  }
}

void Replay::run_background_until(history::Time time) {
  std::uint64_t runs = 0;
  for (; next_run_ && *next_run_ <= time; ++runs) {
    if (runs >= most_runs_a_gap) {
      ++counts_.gaps;
      timetable_.restart(moment(time));
      return run_background(time);
    }
    run_background(*next_run_);
  }
}

void Replay::run_background(history::Time now) {
  set_clock(std::max(now, newest_));
  for (const auto& name : timetable_.take_due(moment(now)).names) {
    (void)policy_->run_background(ReplayPolicy::background_worker, name);
    ++counts_.background_runs;
    timetable_.finished(name, moment(now));
  }
  find_next_run(now);
}

void Replay::find_next_run(history::Time now) {
  const auto until = timetable_.until_next(moment(now));
  next_run_ = until ? std::optional(now + until->count()) : std::nullopt;
}

void Replay::set_clock(history::Time time) {
  setup_.policy.clock().set_wall(base::WallTime{std::chrono::microseconds{time}});
}

/// What the daemon's threads do beside the intake.
void Replay::keep_house() {
  since_upkeep_ = 0;
  history_->upkeep_round();
  watch_->tick();
  if (newest_ < dropped_at_ + history::day) return;
  dropped_at_ = newest_;
  if (const auto dropped = history_->drop_old(); !dropped) setup_.policy.log().error("{}", dropped.error().message);
}

base::Result<void> Replay::finish() {
  if (!waiting_.empty()) {
    if (auto judged = judge_waiting(); !judged) return judged;
  }
  watch_->each_open([this](const alert::Alert& alert) { setup_.alerts.still_open(alert); });
  watch_->stop();
  if (!setup_.keep) return {};
  if (auto written = history_->write_back(); !written) return written;
  return history_->sync();
}

}  // namespace trackalert::app
