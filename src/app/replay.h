// SPDX-License-Identifier: Apache-2.0
// Reports as JSON lines through parsing, device, place, history and detections, by their own time. The clock stands at
// the latest report; nothing else moves it, so that the same lines give the same alerts.
//
// Threads: one.
#pragma once

#include <istream>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "alert/monitor.h"
#include "app/scorer.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/result.h"
#include "device/device_parser.h"
#include "geo/databases.h"
#include "history/rocksdb/local_history.h"
#include "login/parse.h"
#include "metrics/registry.h"
#include "policy/settings.h"

namespace trackalert::app {

class Replay {
 public:
  struct Setup {
    std::string folder;  ///< empty, for the history
    policy::DetectionSetting detections;
    std::vector<alert::Allowance> allowances;
    std::size_t memory_bytes;      ///< of history and detections
    const geo::Databases* places;  ///< null, or without any: places are those that the lines say
    const device::DeviceParser& devices;
    base::FakeClock& clock;
    base::Log& log;
    metrics::Registry& registry;
    bool score = false;  ///< by the reports' labels
  };
  static base::Result<std::unique_ptr<Replay>> open(const Setup& setup);
  ~Replay();

  /// Lines that are no reports are passed over and counted. An error: the history does not take them.
  base::Result<void> read(std::istream& lines);
  /// What waits is judged.
  base::Result<void> finish();
  /// JSON lines: those that went quiet, in that order, then the open ones by first_seen.
  [[nodiscard]] std::string take_alerts();
  /// What Setup::score asked for; after take_alerts().
  [[nodiscard]] const Scorer& scorer() const { return scorer_; }
  /// For people: reports read, lines passed over, alerts by rule.
  [[nodiscard]] std::string summary() const;

 private:
  Replay(const Setup& setup, std::unique_ptr<history::rocksdb::LocalHistory> history);
  base::Result<void> take_line(const std::string& line);
  base::Result<void> judge_waiting();
  void judge_arrivals();

  const Setup setup_;
  std::unique_ptr<history::rocksdb::LocalHistory> history_;
  class Writer;
  Scorer scorer_;
  const std::unique_ptr<Writer> writer_;
  alert::Monitor monitor_;
  login::Parser parser_;
  struct Waiting {
    login::Report report;
    geo::Place place;
    std::optional<Label> label;
    bool compare_risk = false;
  };
  std::vector<Waiting> waiting_;
  std::vector<history::Arrival> arrivals_;
  std::vector<alert::Judgement> judgements_;
  history::Time newest_ = 0;
  history::Time first_waiting_ = 0;
  std::uint64_t batches_ = 0;
  std::uint64_t reports_ = 0;
  std::uint64_t passed_over_ = 0;
};

}  // namespace trackalert::app
