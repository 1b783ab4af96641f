// SPDX-License-Identifier: Apache-2.0
// Past logins into a history, without anybody who judges them. Its days are closed as if time went on with them.
//
// Threads: one.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/log.h"
#include "base/result.h"
#include "device/device_parser.h"
#include "geo/locator.h"
#include "history/rocksdb/local_history.h"
#include "login/report.h"
#include "metrics/registry.h"

namespace trackalert::app {

class HistoryImport {
 public:
  struct Setup {
    const geo::Databases& places;
    const device::DeviceParser& devices;
    base::FakeClock& clock;  ///< of the history; it stands at `now`, except for a moment
    history::Time now;
  };

  /// What has been taken.
  struct Counts {
    std::uint64_t attempts = 0;
    std::uint64_t set_to_now = 0;  ///< their times lay in the future
    std::optional<history::Time> oldest;
    std::optional<history::Time> newest;
  };

  /// Without a history it only counts. `history`, and what the setup names, must outlive it.
  HistoryImport(const Setup& setup, history::rocksdb::LocalHistory* history) : setup_(setup), history_(history) {}

  /// First: what the history had before lies in parts of its own, which age out by their own time.
  base::Result<void> begin();
  /// Moves the report away. An error: the history does not take it, and some before it. Those that wait are written
  /// when there are enough.
  base::Result<void> take(login::Report& report);
  /// Writes what waits.
  base::Result<void> flush();
  /// Last: the same, and onto the disk.
  base::Result<void> finish();

  [[nodiscard]] const Counts& counts() const { return counts_; }

 private:
  base::Result<void> seal(history::Time as_of);

  const Setup setup_;
  history::rocksdb::LocalHistory* const history_;
  geo::Locator locator_;
  std::vector<login::Report> waiting_;
  std::vector<history::Arrival> arrivals_;
  history::Time latest_ = 0;
  Counts counts_;
};

}  // namespace trackalert::app
