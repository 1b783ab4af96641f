// SPDX-License-Identifier: Apache-2.0
// Whether profiles and trends are what the log says: they are made anew, from all reports in their order, in a
// directory of its own, and compared record by record, days folded.
//
// What cannot be compared is left out: records that count reports which have aged out of the log. Where reports were
// erased, or lost and the loss accepted, records may count so many more.
//
// Threads: one, and nobody may append.
#pragma once

#include <string>
#include <vector>

#include "history/rocksdb/local_history.h"

namespace trackalert::history::rocksdb {

struct DerivedFindings {
  std::vector<std::string> damage;
  std::uint64_t compared = 0;
  std::uint64_t left_out = 0;
};
/// `scratch`: a directory to make and to remove again.
base::Result<DerivedFindings> check_derived(LocalHistory& history, const Options& options, Time now,
                                            const std::string& scratch, base::Log& log);

}  // namespace trackalert::history::rocksdb
