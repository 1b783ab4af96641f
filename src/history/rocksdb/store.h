// SPDX-License-Identifier: Apache-2.0
// The RocksDB database of a history: its column families and their options, and errors in our words. Everything above
// speaks of families and keys, not of files.
//
// After an error of the disk it takes no more writes until it is opened anew, by reopen(): RocksDB 7.8 can resume a
// database by itself, but not after every error, and waits for ever where a flush was asked for in the moment of the
// error (its issue 15030 is of that kind).
//
// Threads: any.
#pragma once

#include <rocksdb/db.h>

#include <array>
#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/log.h"
#include "base/result.h"
#include "history/rocksdb/gate.h"
#include "history/rocksdb/keys.h"

namespace trackalert::history::rocksdb {

enum class Family : unsigned { meta, tail, segments, logins, remotes, profiles, trends, days };
inline constexpr std::size_t family_count = 8;
[[nodiscard]] std::string_view family_name(Family family);

/// "No space left on device", ... with what was being done: "history: cannot write: REASON".
[[nodiscard]] std::unexpected<base::Error> storage_error(std::string_view doing, const ::rocksdb::Status& status);

/// One sorted file for one family, written beside the database and taken over whole.
struct BulkFile {
  Family family;
  std::string path;
};

class Store {
 public:
  struct Options {
    std::string folder;  ///< of the database
    std::size_t cache_bytes = std::size_t{64} << 20;
    std::size_t write_buffer_bytes = std::size_t{32} << 20;
    bool read_only = false;
    bool scratch = false;  ///< it ends with the process: no log of writes, and compression that costs little
    /// For checks and repairs: what is missing or damaged does not keep the rest from being opened.
    enum class Salvage {
      no,
      to_first_damage,  ///< the log of writes is read up to where it is damaged: a state that was once
      all_readable,     ///< ... and beyond, whatever can be read
    };
    Salvage salvage = Salvage::no;
    /// For tests that let the disk fail; null: the system's.
    ::rocksdb::Env* env = nullptr;
    /// Whether a stored profile (value of the family) is past its time; asked by compaction, on RocksDB's threads.
    std::function<bool(std::string_view value)> profile_expired;
  };
  static base::Result<std::unique_ptr<Store>> open(Options options, base::Log& log);
  ~Store();
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  /// The database, for as long as this lives.
  struct Access {
    Gate::Use use;
    ::rocksdb::DB& database;
  };

  /// A batch of changes, all or none. While it lives, the database is not opened anew.
  class Batch {
   public:
    explicit Batch(const Store& store) : store_(store), open_(store.access()) {}
    void put(Family family, std::string_view key, std::string_view value);
    void remove(Family family, std::string_view key);
    void remove_range(Family family, std::string_view first, std::string_view end);
    [[nodiscard]] bool empty() const { return batch_.Count() == 0; }
    [[nodiscard]] std::size_t bytes() const { return batch_.GetDataSize(); }
    void clear() { batch_.Clear(); }

   private:
    friend class Store;
    const Store& store_;
    const base::Result<Access> open_;
    ::rocksdb::WriteBatch batch_;
  };
  /// With `sync` it is on the disk when this returns; else in the system's hands, safe from the end of the process.
  base::Result<void> write(Batch& batch, bool sync);
  base::Result<void> sync();

  [[nodiscard]] base::Result<std::optional<std::string>> get(Family family, std::string_view key) const;
  /// While it lives, the database is not opened anew.
  class ReleaseIterator {
   public:
    explicit ReleaseIterator(Gate::Use use) : use_(std::move(use)) {}
    void operator()(::rocksdb::Iterator* iterator) const { delete iterator; }

   private:
    Gate::Use use_;
  };
  using Iterator = std::unique_ptr<::rocksdb::Iterator, ReleaseIterator>;
  [[nodiscard]] Iterator iterate(Family family, bool fill_cache = true) const;
  /// As iterate(), for keys of one login in one era, which Bloom filters know.
  [[nodiscard]] Iterator iterate_prefix(Family family) const;

  /// A path for a file to be taken over, and the writer's options for it. Nothing is there: what a killed process left
  /// may be a link to a file of the database, which writing to it would destroy.
  [[nodiscard]] base::Result<std::string> free_bulk_path(Family family, unsigned number) const;
  [[nodiscard]] ::rocksdb::Options bulk_options(Family family) const;
  /// All files or none; they disappear from their places.
  base::Result<void> take_over(const std::vector<BulkFile>& files);
  /// Forgets a range of keys by dropping files, then what stands in other files.
  base::Result<void> drop(Family family, const KeyRange& range);
  /// Rewrites a range, so that what was removed is gone from the files too.
  base::Result<void> rewrite(Family family, const KeyRange& range);
  base::Result<void> flush();

  /// After an error of the disk: closes the database and opens it again, as soon as there is space for what it has in
  /// memory. What was written is there then, and perhaps a write that had failed. An error, to be tried again: there is
  /// too little space, or questions take too long; or it cannot be opened with all that was written, and stays closed:
  /// everything fails.
  base::Result<void> reopen();

  base::Result<void> backup(const std::string& folder);
  /// Reads every file and compares its checksums.
  base::Result<void> verify() const;

  // For checks and repairs: store_files.cc.

  /// One sorted file of the database, which need not be there.
  struct TableFile {
    Family family;
    int level = 0;
    std::string path;
    std::string first;  ///< keys
    std::string last;
  };
  [[nodiscard]] std::vector<TableFile> table_files() const;
  /// Reads one file and compares its checksums.
  base::Result<void> verify(const TableFile& file) const;
  /// Empties a family, damaged or not. Nobody else may use it meanwhile.
  base::Result<void> recreate(Family family);

  [[nodiscard]] std::uint64_t disk_bytes() const;
  /// Of one family's files, compressed, without what still lies in memory.
  [[nodiscard]] std::uint64_t family_bytes(Family family) const;
  /// Of files that are being merged, or wait for it: as RocksDB estimates, at least 1 while it works.
  [[nodiscard]] std::uint64_t merge_bytes() const;
  [[nodiscard]] std::uint64_t memory_bytes() const;
  struct CacheCounts {
    std::uint64_t hits = 0;
    std::uint64_t misses = 0;
  };
  [[nodiscard]] CacheCounts cache_counts() const;
  [[nodiscard]] const std::string& folder() const { return options_.folder; }

 private:
  Store(Options options, base::Log& log) : options_(std::move(options)), log_(log) {}
  [[nodiscard]] ::rocksdb::ColumnFamilyHandle* handle(Family family) const {
    return handles_[static_cast<std::size_t>(family)];
  }
  [[nodiscard]] base::Result<Access> access() const;
  [[nodiscard]] Iterator iterator(const ::rocksdb::ReadOptions& options, Family family) const;
  base::Result<void> open_database();
  ::rocksdb::Status close_database();
  base::Result<void> open_with_all_written();
  [[nodiscard]] base::Result<void> check_space() const;
  /// A property of RocksDB, of all families together.
  [[nodiscard]] std::uint64_t sum_of(const std::string& property) const;

  Options options_;
  base::Log& log_;
  std::atomic<bool> write_failed_{false};     ///< since it was opened
  ::rocksdb::SequenceNumber written_to_ = 0;  ///< RocksDB's number of the last write before it was closed
  /// Since it was opened. RocksDB 7.8 gives files that it takes over then the number 0, which ends the process.
  std::shared_ptr<std::atomic<bool>> had_error_ = std::make_shared<std::atomic<bool>>(false);
  mutable Gate gate_;
  /// Writers take turns. RocksDB would let one write for others that wait, in ways that ThreadSanitizer cannot follow.
  std::mutex writing_;
  std::shared_ptr<::rocksdb::Cache> cache_;
  std::shared_ptr<::rocksdb::Statistics> statistics_;
  std::unique_ptr<::rocksdb::DB> database_;  ///< null: it could not be opened again
  std::array<::rocksdb::ColumnFamilyHandle*, family_count> handles_{};
};

}  // namespace trackalert::history::rocksdb
