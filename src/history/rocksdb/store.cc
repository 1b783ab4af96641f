// SPDX-License-Identifier: Apache-2.0
#include "history/rocksdb/store.h"

#include <fmt/format.h>
#include <rocksdb/convenience.h>
#include <rocksdb/listener.h>
#include <rocksdb/sst_file_manager.h>
#include <rocksdb/statistics.h>
#include <rocksdb/utilities/checkpoint.h>

#include <algorithm>
#include <filesystem>

#include "history/rocksdb/engine_log.h"
#include "history/rocksdb/store_options.h"

namespace trackalert::history::rocksdb {
namespace {

::rocksdb::Slice slice(std::string_view bytes) {
  return {bytes.data(), bytes.size()};
}

base::Result<void> checked(std::string_view doing, const ::rocksdb::Status& status) {
  if (status.ok()) return {};
  return storage_error(doing, status);
}

constexpr std::size_t space_chunk = std::size_t{1} << 20;
/// How long a reopening, and all reports with it, waits for questions to end before it lets them go on.
constexpr std::chrono::milliseconds patience_with_users{500};

/// Notes errors, and keeps RocksDB from resuming by itself.
class ErrorListener final : public ::rocksdb::EventListener {
 public:
  explicit ErrorListener(std::shared_ptr<std::atomic<bool>> had_error) : had_error_(std::move(had_error)) {}
  void OnBackgroundError(::rocksdb::BackgroundErrorReason /*reason*/, ::rocksdb::Status* /*error*/) override {
    *had_error_ = true;
  }
  void OnErrorRecoveryBegin(::rocksdb::BackgroundErrorReason /*reason*/, ::rocksdb::Status /*error*/,
                            bool* automatic) override {
    *automatic = false;
  }

 private:
  const std::shared_ptr<std::atomic<bool>> had_error_;
};

void make_lenient(::rocksdb::DBOptions& options, Store::Options::Salvage salvage) {
  options.create_if_missing = false;
  options.paranoid_checks = false;
  options.track_and_verify_wals_in_manifest = false;
  if (salvage == Store::Options::Salvage::all_readable) {
    options.wal_recovery_mode = ::rocksdb::WALRecoveryMode::kSkipAnyCorruptedRecords;
  }
}

/// Without the file that says which files count, RocksDB would begin anew and clear away the old ones.
bool has_lost_its_beginning(const std::filesystem::path& folder) {
  std::error_code ignored;
  if (std::filesystem::exists(folder / "CURRENT", ignored)) return false;
  const std::filesystem::directory_iterator entries(folder, ignored);
  return std::any_of(begin(entries), end(entries),
                     [](const auto& entry) { return entry.path().extension() == ".sst"; });
}

constexpr std::string_view bulk_prefix = "bulk-";

base::Result<void> remove_file(const std::filesystem::path& path) {
  std::error_code error;
  std::filesystem::remove(path, error);
  if (error) return base::fail("history: cannot remove {}: {}", path.string(), error.message());
  return {};
}

/// Files that a killed process had not yet taken over, or had not yet removed its own names of.
base::Result<void> remove_bulk_files(const std::filesystem::path& folder) {
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator(folder, ignored)) {
    if (!entry.path().filename().string().starts_with(bulk_prefix)) continue;
    if (auto removed = remove_file(entry.path()); !removed) return removed;
  }
  return {};
}

std::uint64_t bytes_of(const std::filesystem::path& folder) {
  std::uint64_t sum = 0;
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator(folder, ignored)) {
    if (const auto size = entry.file_size(ignored); !ignored) sum += size;
  }
  return sum;
}

}  // namespace

std::string_view family_name(Family family) {
  static constexpr std::array<std::string_view, family_count> names{"meta",    "tail",     "segments", "logins",
                                                                    "remotes", "profiles", "trends",   "days"};
  return names[static_cast<std::size_t>(family)];
}

std::unexpected<base::Error> storage_error(std::string_view doing, const ::rocksdb::Status& status) {
  return base::fail("history: cannot {}: {}", doing, status.ToString());
}

base::Result<std::unique_ptr<Store>> Store::open(Options options, base::Log& log) {
  std::unique_ptr<Store> store(new Store(std::move(options), log));
  if (auto opened = store->open_database(); !opened) return std::unexpected(opened.error());
  return store;
}

base::Result<void> Store::open_database() {
  if (has_lost_its_beginning(options_.folder)) {
    return base::fail("history: cannot open {}: Corruption: its file CURRENT is missing", options_.folder);
  }
  if (!cache_) cache_ = make_cache(options_.cache_bytes);
  if (!statistics_) {
    statistics_ = ::rocksdb::CreateDBStatistics();
    statistics_->set_stats_level(::rocksdb::StatsLevel::kExceptTimers);
  }
  std::vector<::rocksdb::ColumnFamilyDescriptor> families{{::rocksdb::kDefaultColumnFamilyName, {}}};
  for (std::size_t i = 0; i < family_count; ++i) {
    const auto family = static_cast<Family>(i);
    families.emplace_back(std::string(family_name(family)), make_family_options(family, options_, cache_));
    if (options_.salvage != Options::Salvage::no) families.back().options.disable_auto_compactions = true;
  }
  auto database_options = make_database_options(options_.env, options_.write_buffer_bytes, cache_);
  database_options.statistics = statistics_;
  database_options.info_log = std::make_shared<EngineLog>(log_);
  database_options.listeners.push_back(std::make_shared<ErrorListener>(had_error_));
  if (options_.salvage != Options::Salvage::no) make_lenient(database_options, options_.salvage);
  std::vector<::rocksdb::ColumnFamilyHandle*> handles;
  ::rocksdb::DB* database = nullptr;
  const auto status =
      options_.read_only
          ? ::rocksdb::DB::OpenForReadOnly(database_options, options_.folder, families, &handles, &database)
          : ::rocksdb::DB::Open(database_options, options_.folder, families, &handles, &database);
  if (!status.ok()) return storage_error(fmt::format("open {}", options_.folder), status);
  database_.reset(database);
  database_->DestroyColumnFamilyHandle(handles[0]);
  std::copy(handles.begin() + 1, handles.end(), handles_.begin());
  // Not before: only now is it sure that no other process has the database open, and is writing such files.
  return options_.read_only ? base::Result<void>{} : remove_bulk_files(options_.folder);
}

Store::~Store() {
  if (const auto status = close_database(); !status.ok()) {
    log_.error("{}", storage_error("close the database", status).error().message);
  }
}

::rocksdb::Status Store::close_database() {
  if (!database_) return {};
  ::rocksdb::CancelAllBackgroundWork(database_.get(), true);
  written_to_ = database_->GetLatestSequenceNumber();
  for (auto*& family : handles_) database_->DestroyColumnFamilyHandle(std::exchange(family, nullptr));
  auto status = database_->Close();
  database_.reset();
  return status;
}

base::Result<void> Store::reopen() {
  if (options_.scratch) return base::fail("history: a scratch history does not outlive an error of its disk");
  if (auto enough = check_space(); !enough) return enough;
  if (!gate_.close(patience_with_users))
    return base::fail("history: questions keep the database from being opened anew");
  close_database().PermitUncheckedError();  // it says what was wrong before
  auto opened = open_with_all_written();
  if (opened) write_failed_ = *had_error_ = false;
  gate_.open();
  return opened;
}

/// A log of writes that is damaged ends where it is. What is derived from reports would lack what was in the rest, and
/// nobody would know.
base::Result<void> Store::open_with_all_written() {
  const auto wanted = written_to_;
  if (auto opened = open_database(); !opened) return opened;
  if (database_->GetLatestSequenceNumber() >= wanted) return {};
  close_database().PermitUncheckedError();
  written_to_ = wanted;
  return base::fail("history: {}: its log has lost writes; `trackalert history check` says more", options_.folder);
}

base::Result<Store::Access> Store::access() const {
  auto use = gate_.enter();
  if (!database_) return base::fail("history: the database is closed since an error of its disk");
  return Access{std::move(use), *database_};
}

void Store::Batch::put(Family family, std::string_view key, std::string_view value) {
  if (open_) batch_.Put(store_.handle(family), slice(key), slice(value));
}
void Store::Batch::remove(Family family, std::string_view key) {
  if (open_) batch_.Delete(store_.handle(family), slice(key));
}
void Store::Batch::remove_range(Family family, std::string_view first, std::string_view end) {
  if (open_) batch_.DeleteRange(store_.handle(family), slice(first), slice(end));
}

base::Result<void> Store::write(Batch& batch, bool sync) {
  if (!batch.open_) return std::unexpected(batch.open_.error());
  ::rocksdb::WriteOptions options;
  options.sync = sync && !options_.scratch;
  options.disableWAL = options_.scratch;
  const std::lock_guard in_turn(writing_);
  auto written = checked("write", batch.open_->database.Write(options, &batch.batch_));
  if (!written) write_failed_ = true;
  return written;
}

base::Result<void> Store::sync() {
  if (options_.scratch) return {};
  const auto open = access();
  if (!open) return std::unexpected(open.error());
  // RocksDB as Debian builds it ends the process when a log is synced that could not be written to.
  if (write_failed_) return base::fail("history: cannot sync the log: an earlier write to it failed");
  return checked("sync the log", open->database.SyncWAL());
}

base::Result<std::optional<std::string>> Store::get(Family family, std::string_view key) const {
  const auto open = access();
  if (!open) return std::unexpected(open.error());
  std::string value;
  const auto status = open->database.Get({}, handle(family), slice(key), &value);
  if (status.IsNotFound()) return std::nullopt;
  if (!status.ok()) return storage_error(fmt::format("read {}", family_name(family)), status);
  return value;
}

Store::Iterator Store::iterator(const ::rocksdb::ReadOptions& options, Family family) const {
  auto open = access();
  if (!open) {
    return {::rocksdb::NewErrorIterator(::rocksdb::Status::Aborted(open.error().message)), ReleaseIterator({})};
  }
  auto* const made = open->database.NewIterator(options, handle(family));
  return {made, ReleaseIterator(std::move(open->use))};
}

Store::Iterator Store::iterate(Family family, bool fill_cache) const {
  ::rocksdb::ReadOptions options;
  options.fill_cache = fill_cache;
  options.total_order_seek = true;
  if (!fill_cache) options.readahead_size = std::size_t{1} << 20;
  return iterator(options, family);
}

Store::Iterator Store::iterate_prefix(Family family) const {
  ::rocksdb::ReadOptions options;
  options.prefix_same_as_start = true;
  return iterator(options, family);
}

base::Result<std::string> Store::free_bulk_path(Family family, unsigned number) const {
  auto path = fmt::format("{}/{}{}-{}.sst", options_.folder, bulk_prefix, family_name(family), number);
  if (auto removed = remove_file(path); !removed) return std::unexpected(removed.error());
  return path;
}

::rocksdb::Options Store::bulk_options(Family family) const {
  return {make_database_options(options_.env, options_.write_buffer_bytes, cache_),
          make_family_options(family, options_, cache_)};
}

base::Result<void> Store::take_over(const std::vector<BulkFile>& files) {
  const auto open = access();
  if (!open) return std::unexpected(open.error());
  if (*had_error_) return base::fail("history: cannot take over a sealed part: there was an error of the disk");
  std::vector<::rocksdb::IngestExternalFileArg> arguments;
  for (const auto& file : files) {
    auto* const family = handle(file.family);
    auto at = std::ranges::find(arguments, family, &::rocksdb::IngestExternalFileArg::column_family);
    if (at == arguments.end()) {
      at = arguments.emplace(at);
      at->column_family = family;
      at->options.move_files = true;
    }
    at->external_files.push_back(file.path);
  }
  return checked("take over a sealed part", open->database.IngestExternalFiles(arguments));
}

base::Result<void> Store::drop(Family family, const KeyRange& range) {
  const auto open = access();
  if (!open) return std::unexpected(open.error());
  const auto first = slice(range.first);
  const auto end = slice(range.end);
  if (auto done = checked("drop old files",
                          ::rocksdb::DeleteFilesInRange(&open->database, handle(family), &first, &end, false));
      !done) {
    return done;
  }
  Batch batch(*this);
  batch.remove_range(family, range.first, range.end);
  return write(batch, false);
}

base::Result<void> Store::rewrite(Family family, const KeyRange& range) {
  const auto open = access();
  if (!open) return std::unexpected(open.error());
  const auto first = slice(range.first);
  const auto end = slice(range.end);
  ::rocksdb::CompactRangeOptions options;
  options.bottommost_level_compaction = ::rocksdb::BottommostLevelCompaction::kForceOptimized;
  options.exclusive_manual_compaction = false;
  return checked("rewrite", open->database.CompactRange(options, handle(family), &first, &end));
}

base::Result<void> Store::flush() {
  const auto open = access();
  if (!open) return std::unexpected(open.error());
  const std::vector<::rocksdb::ColumnFamilyHandle*> all(handles_.begin(), handles_.end());
  return checked("flush", open->database.Flush({}, all));
}

base::Result<void> Store::check_space() const {
  auto* env = options_.env != nullptr ? options_.env : ::rocksdb::Env::Default();
  // What is in memory has to be written, and a little more. No more than that is asked for: a small disk would else be
  // refused for ever.
  const auto needed = sum_of(::rocksdb::DB::Properties::kCurSizeAllMemTables) + space_chunk;
  std::uint64_t free = 0;
  if (env->GetFreeSpace(options_.folder, &free).ok() && free < needed) {
    return base::fail("history: {} bytes are free, {} are needed", free, needed);
  }
  const auto path = options_.folder + "/space.tmp";
  std::unique_ptr<::rocksdb::WritableFile> file;
  auto status = env->NewWritableFile(path, &file, {});
  const std::string chunk(space_chunk, '\0');
  for (std::size_t written = 0; status.ok() && written < needed; written += chunk.size()) status = file->Append(chunk);
  if (status.ok()) status = file->Close();
  file.reset();
  env->DeleteFile(path).PermitUncheckedError();
  return checked("go on", status);
}

base::Result<void> Store::backup(const std::string& folder) {
  const auto open = access();
  if (!open) return std::unexpected(open.error());
  ::rocksdb::Checkpoint* checkpoint = nullptr;
  if (auto made = checked("make a backup", ::rocksdb::Checkpoint::Create(&open->database, &checkpoint)); !made) {
    return made;
  }
  const std::unique_ptr<::rocksdb::Checkpoint> owner(checkpoint);
  return checked("make a backup", checkpoint->CreateCheckpoint(folder));
}

base::Result<void> Store::verify() const {
  const auto open = access();
  if (!open) return std::unexpected(open.error());
  return checked("verify", open->database.VerifyChecksum());
}

std::uint64_t Store::disk_bytes() const {
  return bytes_of(options_.folder);
}

std::uint64_t Store::family_bytes(Family family) const {
  const auto open = access();
  if (!open) return 0;
  std::uint64_t bytes = 0;
  open->database.GetIntProperty(handle(family), ::rocksdb::DB::Properties::kTotalSstFilesSize, &bytes);
  return bytes;
}

std::uint64_t Store::sum_of(const std::string& property) const {
  const auto open = access();
  if (!open) return 0;
  std::uint64_t sum = 0;
  for (auto* family : handles_) {
    std::uint64_t bytes = 0;
    open->database.GetIntProperty(family, property, &bytes);
    sum += bytes;
  }
  return sum;
}

std::uint64_t Store::merge_bytes() const {
  const auto open = access();
  if (!open) return 0;
  std::uint64_t running = 0;
  open->database.GetIntProperty(::rocksdb::DB::Properties::kNumRunningCompactions, &running);
  return std::max(sum_of(::rocksdb::DB::Properties::kEstimatePendingCompactionBytes), running);
}

std::uint64_t Store::memory_bytes() const {
  return cache_->GetUsage() + sum_of(::rocksdb::DB::Properties::kSizeAllMemTables);
}

Store::CacheCounts Store::cache_counts() const {
  return {statistics_->getTickerCount(::rocksdb::BLOCK_CACHE_HIT),
          statistics_->getTickerCount(::rocksdb::BLOCK_CACHE_MISS)};
}

}  // namespace trackalert::history::rocksdb
