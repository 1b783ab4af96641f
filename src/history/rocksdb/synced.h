// SPDX-License-Identifier: Apache-2.0
// How far the log was known to be on the disk, in a small file beside the database. The database itself forgives a torn
// end of its log, as a power loss leaves it; by this number a start can tell that from damage: it may not end earlier.
//
// Threads: one at a time.
#pragma once

#include <optional>
#include <string>

#include "base/descriptor.h"
#include "base/result.h"
#include "history/event.h"
#include "history/rocksdb/keys.h"

namespace trackalert::history::rocksdb {

class Synced {
 public:
  /// Opens or makes `file`. What it holds is checked; nonsense, or nothing, counts as 0.
  static base::Result<Synced> open(const std::string& file);
  [[nodiscard]] Sequence sequence() const { return sequence_; }
  /// Not forced to the disk: an older number is only less to go by.
  void note(Sequence sequence);

 private:
  explicit Synced(base::Descriptor file) : file_(std::move(file)) {}
  base::Descriptor file_;
  Sequence sequence_ = 0;
};

}  // namespace trackalert::history::rocksdb
