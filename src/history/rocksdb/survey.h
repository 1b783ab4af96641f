// SPDX-License-Identifier: Apache-2.0
// What is whole and what is damaged in the directory of a history that nobody has open: what a check tells people, and
// what a repair works by. Changes nothing: it looks at a copy, hard links mostly.
//
// Threads: any.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/log.h"
#include "base/result.h"
#include "history/rocksdb/continuity.h"

namespace trackalert::history::rocksdb {

/// Keeps every other process out of a database for its lifetime.
class DirectoryLock {
 public:
  /// `folder`: the history's. An error: there is none, or somebody has it open.
  static base::Result<std::unique_ptr<DirectoryLock>> take(const std::string& folder, ::rocksdb::Env* env);
  ~DirectoryLock();
  DirectoryLock(const DirectoryLock&) = delete;
  DirectoryLock& operator=(const DirectoryLock&) = delete;

 private:
  DirectoryLock(::rocksdb::Env* env, ::rocksdb::FileLock* lock) : env_(env), lock_(lock) {}
  ::rocksdb::Env* env_;
  ::rocksdb::FileLock* lock_;
};

struct Survey {
  std::vector<std::string> damage;       ///< for people
  bool unreadable = false;               ///< the database cannot be opened at all
  bool keyless = false;                  ///< the directory's own keys are lost
  bool pseudonymise = false;             ///< how the directory was kept
  bool indexes = false;                  ///< the index of logins or of remotes is damaged
  bool derived = false;                  ///< profiles or trends are damaged
  bool log_of_writes = false;            ///< the database's own log is damaged before its end
  bool log_files = false;                ///< a file of the log itself is damaged: of segments, tail or meta
  std::vector<Store::TableFile> files;   ///< that are damaged
  std::vector<SegmentId> lost_segments;  ///< which hold something that cannot be read
  Directory directory;                   ///< of the segments that are whole
  TailPages tail;                        ///< what can be read of it
  Sequence last = 0;                     ///< of what can be read
  Sequence synced = 0;                   ///< what was once known to be on the disk
  std::uint64_t reports = 0;
  std::uint64_t covered = 0;  ///< sequences that segments and tail cover; erased and lost ones have no report
};

/// Reads everything there is. With a DirectoryLock held. An error: no copy could be made.
base::Result<Survey> survey(const std::string& folder, ::rocksdb::Env* env, base::Log& log);

/// The hasher under whose key the directory was written.
base::Result<Hasher> read_hasher(const Store& store);

}  // namespace trackalert::history::rocksdb
