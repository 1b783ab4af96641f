// SPDX-License-Identifier: Apache-2.0
// Past reports on the way that live ones take: device, place, history, detections, the policy's report function, with
// their own time as the clock. The clock stands at the latest report; nothing else moves it, and background functions
// run when it passes their time. So the same reports give the same alerts.
//
// A report function sees the history as it is when its report has come in: with one, reports are taken one by one;
// without, up to 256 of the same minute at once, which changes nothing about what is found.
//
// Memory: that of setHistoryMemoryMB, as in the daemon. Threads: one.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "alert/watch.h"
#include "app/replay_alerts.h"
#include "app/replay_line.h"
#include "app/replay_policy.h"
#include "base/result.h"
#include "device/device_parser.h"
#include "geo/locator.h"
#include "history/rocksdb/local_history.h"
#include "schedule/timetable.h"

namespace trackalert::app {

class Replay {
 public:
  /// All of it must outlive the Replay.
  struct Setup {
    std::string folder;         ///< for the history: empty, or one to go on with
    bool keep = false;          ///< the history is to be used afterwards
    bool tell_at_once = false;  ///< somebody waits for what the store is told
    ReplayPolicy& policy;
    const device::DeviceParser& devices;
    ReplayAlerts& alerts;
    Scorer* scorer = nullptr;  ///< by the reports' labels
  };
  static base::Result<std::unique_ptr<Replay>> open(const Setup& setup);
  ~Replay();

  /// The next report. An error: the history does not take it.
  base::Result<void> take(ReplayLine line);
  /// What waits is judged; alerts that are open go to the receiver; a history that is kept is written whole.
  base::Result<void> finish();

  struct Counts {
    std::uint64_t reports = 0;
    std::uint64_t late = 0;  ///< older than what came before by more than ten minutes
    std::optional<history::Time> oldest;
    std::optional<history::Time> newest;
    std::uint64_t background_runs = 0;
    std::uint64_t gaps = 0;  ///< between reports, in which background functions would have run too often
  };
  [[nodiscard]] const Counts& counts() const { return counts_; }
  [[nodiscard]] alert::Watch& watch() { return *watch_; }
  [[nodiscard]] history::History& history() { return *history_; }

 private:
  struct Waiting {
    login::Report report;
    geo::Place place;
    std::optional<Label> label;
    bool compare_risk = false;
  };
  Replay(const Setup& setup, std::unique_ptr<history::rocksdb::LocalHistory> history, history::Options options);
  base::Result<void> open_watch();
  base::Result<void> schedule_jobs(history::Time now);
  void note_time(history::Time time);
  [[nodiscard]] geo::Place place_of(ReplayLine& line);
  base::Result<void> judge_waiting();
  void run_report_functions();
  /// Whatever is due until then, at its time.
  void run_background_until(history::Time time);
  void run_background(history::Time now);
  void find_next_run(history::Time now);
  void set_clock(history::Time time);
  void keep_house();

  const Setup setup_;
  const history::Options options_;
  policy::Policy* const policy_;  ///< null without Lua
  const bool has_function_;
  const schedule::LocalZone zone_;
  std::unique_ptr<history::rocksdb::LocalHistory> history_;
  std::unique_ptr<alert::Watch> watch_;
  std::optional<policy::RunningHistory> running_;
  schedule::Timetable timetable_;
  std::optional<history::Time> next_run_;  ///< of a background function
  geo::Locator locator_;
  std::vector<Waiting> waiting_;
  std::vector<history::Arrival> arrivals_;
  std::vector<alert::Judgement> judgements_;
  history::Time newest_ = 0;
  history::Time first_waiting_ = 0;
  history::Time dropped_at_ = 0;
  std::uint64_t since_upkeep_ = 0;
  Counts counts_;
};

}  // namespace trackalert::app
