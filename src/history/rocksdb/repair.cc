// SPDX-License-Identifier: Apache-2.0
// How a damaged directory becomes one that opens, and says nothing but what it knows:
//
//   survey    what is damaged; and every report of the tail that can be read, also behind damage
//   open      leniently: up to the first damage in the log of writes, a state that was once, in which profiles and
//             trends agree with the log; if not even that, whatever can be read
//   drop      segments that hold something unreadable; files that are damaged
//   rebuild   indexes from the segments; profiles and trends from the log, if they are damaged or may not agree with it
//   accept    the tail is sealed, what lay behind damage with it, and the gaps are written down
//
// RocksDB's own RepairDB is of no use here: it takes no file that was taken over whole, as segments are, and would put
// them all aside.
#include <rocksdb/sst_file_writer.h>

#include <algorithm>

#include "history/rocksdb/check.h"
#include "history/rocksdb/local_history.h"
#include "history/rocksdb/segment_check.h"
#include "history/rocksdb/survey.h"

namespace trackalert::history::rocksdb {
namespace {

using Salvage = Store::Options::Salvage;

Store::Options lenient_options(const Workshop& workshop, Salvage salvage) {
  return {.folder = workshop.options.folder + "/db", .salvage = salvage, .env = workshop.env};
}

class Repair {
 public:
  Repair(const Workshop& workshop, Survey found) : workshop_(workshop), found_(std::move(found)) {}

  base::Result<RepairReport> run() {
    for (const auto step : {&Repair::open_store, &Repair::drop_damaged, &Repair::rebuild_indexes,
                            &Repair::empty_derived, &Repair::add_readable_tail}) {
      if (auto done = (this->*step)(); !done) return std::unexpected(done.error());
    }
    store_.reset();
    if (auto done = accept_losses(); !done) return std::unexpected(done.error());
    report_.damage = std::move(found_.damage);
    return std::move(report_);
  }

 private:
  base::Result<void> open_store() {
    auto store = Store::open(lenient_options(workshop_, Salvage::to_first_damage), workshop_.log);
    if (!store) {
      // A state that never was: some of what was written is missing in it, and nobody knows what.
      derived_doubtful_ = true;
      store = Store::open(lenient_options(workshop_, Salvage::all_readable), workshop_.log);
    }
    if (!store) return std::unexpected(store.error());
    store_ = std::move(*store);
    return {};
  }

  base::Result<void> drop_damaged() {
    for (const auto id : found_.lost_segments) {
      report_.lost.push_back(fmt::format("segment {}", id));
      if (auto done = store_->drop(Family::segments, {page_key(id, 0), page_key(id + 1, 0)}); !done) return done;
    }
    // Most damaged files went with that. Families that still have one are made anew of what can be read.
    const auto damaged = [this](Family family) {
      return std::ranges::any_of(store_->table_files(), [&](const Store::TableFile& file) {
        return file.family == family && !store_->verify(file);
      });
    };
    if (damaged(Family::segments)) {
      if (auto done = carry_segments_over(); !done) return done;
    }
    return damaged(Family::tail) ? store_->recreate(Family::tail) : base::Result<void>{};
  }

  base::Result<void> carry_segments_over() {
    std::vector<BulkFile> files;
    for (const auto& header : found_.directory.segments) {
      auto path = store_->free_bulk_path(Family::segments, static_cast<unsigned>(files.size()));
      if (!path) return std::unexpected(path.error());
      files.push_back({Family::segments, *std::move(path)});
      if (auto done = write_segment(header, files.back().path); !done) return done;
    }
    if (auto done = store_->recreate(Family::segments); !done) return done;
    return files.empty() ? base::Result<void>{} : store_->take_over(files);
  }

  base::Result<void> write_segment(const SegmentHeader& header, const std::string& path) {
    const auto options = store_->bulk_options(Family::segments);
    ::rocksdb::SstFileWriter writer({}, options);
    auto status = writer.Open(path);
    for (unsigned page = 0; status.ok() && page <= header.pages; ++page) {
      const auto key = page_key(header.id, static_cast<Page>(page));
      const auto stored = store_->get(Family::segments, key);
      if (!stored) return std::unexpected(stored.error());
      if (const auto& bytes = *stored) status = writer.Put(key, *bytes);
    }
    if (status.ok()) status = writer.Finish();
    if (!status.ok()) return storage_error("write a segment anew", status);
    return {};
  }

  base::Result<void> rebuild_indexes() {
    if (!found_.indexes) return {};
    const auto hasher = read_hasher(*store_);
    if (!hasher) return std::unexpected(hasher.error());
    for (const auto family : {Family::logins, Family::remotes}) {
      if (auto done = store_->recreate(family); !done) return done;
    }
    for (const auto& header : found_.directory.segments) {
      if (auto done = write_indexes(*store_, *hasher, header); !done) return done;
    }
    report_.rebuilt_indexes = true;
    return {};
  }

  base::Result<void> empty_derived() {
    // Where the end of the log is lost, profiles and trends may count reports that are gone.
    if (!found_.derived && !derived_doubtful_ && found_.synced <= found_.last) return {};
    for (const auto family : {Family::profiles, Family::trends, Family::days}) {
      if (auto done = store_->recreate(family); !done) return done;
    }
    Store::Batch batch(*store_);
    Derived::forget_marks(batch);
    report_.rebuilt_derived = true;  // by the next open, which finds nothing counted
    return store_->write(batch, true);
  }

  /// The pages of the tail that lay behind damage, if they are not in the database as it is now.
  base::Result<void> add_readable_tail() {
    Store::Batch batch(*store_);
    for (const auto& page : found_.tail) {
      const auto key = tail_key(page->first);
      const auto stored = store_->get(Family::tail, key);
      if (!stored) return std::unexpected(stored.error());
      if (!*stored) batch.put(Family::tail, key, encode_tail_page(*page));
    }
    if (!batch.empty()) {
      if (auto written = store_->write(batch, true); !written) return written;
    }
    return store_->flush();
  }

  base::Result<void> accept_losses() {
    metrics::Registry registry;
    LocalHistory::Setup setup{
        .options = workshop_.options, .env = workshop_.env, .upkeep = false, .damaged_is_fine = true};
    auto opened = LocalHistory::open(std::move(setup), workshop_.clock, workshop_.log, registry);
    if (!opened) return std::unexpected(opened.error());
    auto& history = **opened;
    Store::Batch batch(history.store());
    const auto view = history.view();
    const auto gaps = find_gaps(*view.directory, view.tails.front()->pages(), history.store());
    if (!gaps) return std::unexpected(gaps.error());
    for (const auto& gap : *gaps) accept(gap, batch);
    // A sealed tail, so that the mark of the seal can stand behind what is lost at the end: no number comes twice.
    if (auto sealed = history.seal_now(); !sealed) return sealed;
    auto mark = read_sealed(history.store());
    if (!mark) return std::unexpected(mark.error());
    const auto last = std::max(mark->to, history.view().directory->last());
    const auto lost_to = std::max({last, found_.synced, found_.last});
    if (lost_to > last) accept({last + 1, lost_to, 0, 0}, batch);
    mark->to = lost_to;
    batch.put(Family::meta, sealed_key, encode_sealed(*mark));
    if (auto written = history.store().write(batch, true); !written) return written;
    if (auto written = history.write_back(); !written) return written;
    return history.sync();
  }

  void accept(const Gap& gap, Store::Batch& batch) {
    report_.lost.push_back(describe(gap));
    accept_gap(gap, batch);
  }

  const Workshop& workshop_;
  Survey found_;
  RepairReport report_;
  std::unique_ptr<Store> store_;
  bool derived_doubtful_ = false;
};

base::Result<Survey> survey_alone(const Workshop& workshop) {
  const auto lock = DirectoryLock::take(workshop.options.folder, workshop.env);
  if (!lock) return std::unexpected(lock.error());
  return survey(workshop.options.folder, workshop.env, workshop.log);
}

/// Why the directory does not open as at a start, if so.
std::optional<std::string> start_problem(const Workshop& workshop) {
  metrics::Registry registry;
  LocalHistory::Setup setup{.options = workshop.options, .env = workshop.env, .upkeep = false};
  const auto opened = LocalHistory::open(std::move(setup), workshop.clock, workshop.log, registry);
  return opened ? std::nullopt : std::optional(opened.error().message);
}

}  // namespace

base::Result<RepairReport> repair(Workshop workshop) {
  auto surveyed = survey_alone(workshop);
  if (!surveyed) return std::unexpected(surveyed.error());
  auto found = std::move(*surveyed);
  workshop.options.pseudonymise = found.pseudonymise;
  if (found.unreadable || found.keyless) {
    return base::fail("history: {} cannot be repaired, restore a backup: {}", workshop.options.folder,
                      found.damage.back());
  }
  if (found.damage.empty()) {
    auto problem = start_problem(workshop);
    if (!problem) return RepairReport{.undamaged = true};
    found.damage.push_back(std::move(*problem));
  }
  auto report = Repair(workshop, std::move(found)).run();
  if (!report) return report;
  if (const auto problem = start_problem(workshop)) {
    return base::fail("history: {} was mended as far as possible and still does not open: {}", workshop.options.folder,
                      *problem);
  }
  return report;
}

}  // namespace trackalert::history::rocksdb
