// SPDX-License-Identifier: Apache-2.0
// Checks the directory of a history, and mends it: `trackalert history check` and `repair`. Nobody else may have it
// open.
//
// A check changes nothing, but that with `derived` the history is opened as at a start, which recovers what a kill
// left. A repair leaves an undamaged directory as it is. Of a damaged one it keeps what can be read, says what is lost,
// and writes down that this loss is accepted, so that the next start goes on.
//
// Threads: one.
#pragma once

#include <string>
#include <vector>

#include "base/clock.h"
#include "base/log.h"
#include "base/result.h"
#include "history/options.h"
#include "history/rocksdb/store.h"

namespace trackalert::history::rocksdb {

struct Workshop {
  Options options;  ///< whether logins are pseudonyms is read from the directory
  const base::Clock& clock;
  base::Log& log;
  ::rocksdb::Env* env = nullptr;  ///< for tests; null: the system's
};

struct CheckReport {
  std::vector<std::string> damage;  ///< a line each; empty: all is well
  std::uint64_t reports = 0;
  std::size_t segments = 0;
  // Of profiles and trends, if asked:
  std::uint64_t compared = 0;
  std::uint64_t left_out = 0;  ///< as the reports that they count have aged out
};
/// `derived`: profiles and trends too are compared, with what the log gives. An error: it could not be checked.
base::Result<CheckReport> check(Workshop workshop, bool derived);

struct RepairReport {
  bool undamaged = false;           ///< nothing was done
  std::vector<std::string> damage;  ///< that there was
  std::vector<std::string> lost;    ///< ranges of reports
  bool rebuilt_indexes = false;
  bool rebuilt_derived = false;
};
base::Result<RepairReport> repair(Workshop workshop);

}  // namespace trackalert::history::rocksdb
