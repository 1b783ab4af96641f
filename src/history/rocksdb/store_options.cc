// SPDX-License-Identifier: Apache-2.0
#include "history/rocksdb/store_options.h"

#include <rocksdb/compaction_filter.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/slice_transform.h>
#include <rocksdb/sst_file_manager.h>
#include <rocksdb/table.h>
#include <rocksdb/write_buffer_manager.h>

#include "base/descriptor.h"
#include "history/rocksdb/engine.h"

namespace trackalert::history::rocksdb {
namespace {

constexpr int bloom_bits = 10;
/// Each write-back adds a file of what changed; merging them less often costs look-ups a filter more and spares CPU.
constexpr int files_before_merge = 8;
constexpr std::size_t login_prefix_bytes = sizeof(Era) + sizeof(std::uint64_t);

/// Profiles age out while RocksDB rewrites its files anyway, so that nobody need scan for them.
class ProfileFilter final : public ::rocksdb::CompactionFilter {
 public:
  explicit ProfileFilter(std::function<bool(std::string_view)> expired) : expired_(std::move(expired)) {}
  bool Filter(int /*level*/, const ::rocksdb::Slice& /*key*/, const ::rocksdb::Slice& value, std::string* /*changed*/,
              bool* /*value_changed*/) const override {
    return expired_({value.data(), value.size()});
  }
  const char* Name() const override { return "trackalert.profile_retention"; }

 private:
  std::function<bool(std::string_view)> expired_;
};

class ProfileFilterFactory final : public ::rocksdb::CompactionFilterFactory {
 public:
  explicit ProfileFilterFactory(std::function<bool(std::string_view)> expired) : expired_(std::move(expired)) {}
  std::unique_ptr<::rocksdb::CompactionFilter> CreateCompactionFilter(
      const ::rocksdb::CompactionFilter::Context& /*context*/) override {
    return std::make_unique<ProfileFilter>(expired_);
  }
  const char* Name() const override { return "trackalert.profile_retention"; }

 private:
  std::function<bool(std::string_view)> expired_;
};

std::size_t block_kib(Family family) {
  switch (family) {
    case Family::profiles:  // are read one at a time
      return 8;
    case Family::segments:  // larger ones compress better
    case Family::days:
      return 32;
    default:
      return 16;
  }
}

::rocksdb::BlockBasedTableOptions table_options(Family family, const std::shared_ptr<::rocksdb::Cache>& cache) {
  ::rocksdb::BlockBasedTableOptions table;
  table.block_cache = cache;
  table.block_size = block_kib(family) * 1024;
  table.format_version = 5;
  // Index and filter blocks count against the cache, so that memory stays bounded however much lies on the disk.
  table.cache_index_and_filter_blocks = true;
  table.cache_index_and_filter_blocks_with_high_priority = true;
  table.pin_l0_filter_and_index_blocks_in_cache = false;
  // In partitions, for a filter of half a million keys would not fit into a part of the cache, and be read again for
  // each look-up.
  table.index_type = ::rocksdb::BlockBasedTableOptions::kTwoLevelIndexSearch;
  table.partition_filters = true;
  table.pin_top_level_index_and_filter = true;
  if (family != Family::segments && family != Family::remotes) {
    table.filter_policy.reset(::rocksdb::NewBloomFilterPolicy(bloom_bits));
    table.whole_key_filtering = family != Family::logins;
  }
  return table;
}

/// For what is soon thrown away. Profiles and trends are read and written so often that even LZ4 costs more than the
/// bytes that it spares.
void make_cheap(Family family, ::rocksdb::ColumnFamilyOptions& options) {
  const bool changes = family == Family::profiles || family == Family::trends;
  options.compression = changes ? ::rocksdb::kNoCompression : ::rocksdb::kLZ4Compression;
  options.bottommost_compression = options.compression;
  options.bottommost_compression_opts = {};
  options.compression_opts = {};
}

}  // namespace

std::shared_ptr<::rocksdb::Cache> make_cache(std::size_t bytes) {
  ::rocksdb::LRUCacheOptions options;
  options.capacity = bytes;
  options.num_shard_bits = 3;  // few threads read, and a part has to hold many blocks
  options.high_pri_pool_ratio = 0.5;
  return ::rocksdb::NewLRUCache(options);
}

::rocksdb::DBOptions make_database_options(::rocksdb::Env* env, std::size_t write_buffer_bytes,
                                           const std::shared_ptr<::rocksdb::Cache>& /*cache*/) {
  ::rocksdb::DBOptions options;
  if (env != nullptr) options.env = env;
  options.create_if_missing = true;
  options.create_missing_column_families = true;
  // A write that a power loss tore ends the log. What was synced is known besides (Synced), so that real damage shows.
  options.wal_recovery_mode = ::rocksdb::WALRecoveryMode::kPointInTimeRecovery;
  options.track_and_verify_wals_in_manifest = true;
  // Else a start that then refuses would already have thrown away what lies behind damage and a repair can still read.
  options.avoid_flush_during_recovery = true;
  options.max_bgerror_resume_count = 0;  // Store::reopen() instead
  options.max_open_files = static_cast<int>(most_open_files(base::descriptor_limit()));
  options.max_background_jobs = 2;
  options.max_total_wal_size = 4 * write_buffer_bytes;
  options.write_buffer_manager = std::make_shared<::rocksdb::WriteBufferManager>(write_buffer_bytes);
  options.max_manifest_file_size = std::uint64_t{4} << 20;  // it names keys, also of logins that were erased
  options.stats_dump_period_sec = 0;
  options.avoid_flush_during_shutdown = true;  // the log of writes has it all
  options.sst_file_manager.reset(::rocksdb::NewSstFileManager(options.env));
  return options;
}

::rocksdb::ColumnFamilyOptions make_family_options(Family family, const Store::Options& store_options,
                                                   const std::shared_ptr<::rocksdb::Cache>& cache) {
  ::rocksdb::ColumnFamilyOptions options;
  options.write_buffer_size = std::size_t{16} << 20;
  options.max_write_buffer_number = 3;
  options.compression = ::rocksdb::kLZ4Compression;
  options.bottommost_compression = ::rocksdb::kZSTD;
  options.level_compaction_dynamic_level_bytes = true;
  options.table_factory.reset(::rocksdb::NewBlockBasedTableFactory(table_options(family, cache)));
  switch (family) {
    case Family::segments:
      // Sealed once, never merged: each segment is a file of its own.
      options.compression_opts.level = 5;  // 2 % less than the usual 3
      options.compression = ::rocksdb::kZSTD;
      options.disable_auto_compactions = true;
      options.write_buffer_size = std::size_t{1} << 20;
      break;
    case Family::logins:
    case Family::remotes:
      // Every segment adds keys that lie anywhere among those of its era. With small levels it is merged with some of
      // them at a time, not each time with all there are, and no file takes long or much memory to make.
      options.level0_file_num_compaction_trigger = files_before_merge;
      options.max_bytes_for_level_base = std::size_t{4} << 20;
      options.target_file_size_base = std::size_t{4} << 20;
      options.compression = ::rocksdb::kZSTD;
      options.write_buffer_size = std::size_t{1} << 20;
      if (family == Family::logins)
        options.prefix_extractor.reset(::rocksdb::NewFixedPrefixTransform(login_prefix_bytes));
      break;
    case Family::days:
      options.compression = ::rocksdb::kZSTD;
      options.write_buffer_size = std::size_t{1} << 20;
      break;
    case Family::profiles:
      options.level0_file_num_compaction_trigger = files_before_merge;
      if (store_options.profile_expired) {
        options.compaction_filter_factory = std::make_shared<ProfileFilterFactory>(store_options.profile_expired);
        options.periodic_compaction_seconds = std::uint64_t{30} * 24 * 3600;
      }
      break;
    case Family::meta:
      options.write_buffer_size = std::size_t{256} << 10;
      break;
    case Family::trends:
      options.level0_file_num_compaction_trigger = files_before_merge;
      // In a week they are folded into days: much is gained by little effort.
      options.bottommost_compression_opts.enabled = true;
      options.bottommost_compression_opts.level = 1;
      break;
    case Family::tail:
      break;
  }
  if (store_options.scratch) make_cheap(family, options);
  return options;
}

}  // namespace trackalert::history::rocksdb
