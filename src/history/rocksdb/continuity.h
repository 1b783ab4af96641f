// SPDX-License-Identifier: Apache-2.0
// Whether the log is whole. Every report has a sequence, and every part of the log says which it covers; what no part
// covers, though parts before and after it exist, is lost.
//
// Threads: any.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "history/rocksdb/segment.h"
#include "history/rocksdb/store.h"
#include "history/rocksdb/tail.h"

namespace trackalert::history::rocksdb {

/// What the newest seal left behind, beyond the segments themselves, which may age out.
struct Sealed {
  SegmentId next = 1;  ///< the next segment's id; never used twice
  Sequence to = 0;     ///< all up to this one are in segments, or were
};
base::Result<Sealed> read_sealed(const Store& store);
[[nodiscard]] std::string encode_sealed(const Sealed& sealed);
inline constexpr std::string_view sealed_key = "sealed";

/// Sequences that are lost, and the time around them as far as the neighbours tell.
struct Gap {
  Sequence first = 0;
  Sequence last = 0;
  Time after = 0;   ///< the newest report before it; 0: not known
  Time before = 0;  ///< the oldest report after it; 0: not known
};
/// Those that a repair has not yet accepted as lost.
base::Result<std::vector<Gap>> find_gaps(const Directory& directory, const TailPages& tail, const Store& store);
/// "the reports number 5 to 9 (between ... and ...) are lost"
[[nodiscard]] std::string describe(const Gap& gap);
/// Accepts a gap: later starts go on without these reports.
void accept_gap(const Gap& gap, Store::Batch& batch);

}  // namespace trackalert::history::rocksdb
