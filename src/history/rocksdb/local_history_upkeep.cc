// SPDX-License-Identifier: Apache-2.0
// What a LocalHistory does by itself, on its own thread: sealing, writing back, syncing, ageing, and trying again.
#include <pthread.h>

#include <algorithm>
#include <filesystem>

#include "history/rocksdb/local_history.h"

namespace trackalert::history::rocksdb {
namespace {

constexpr auto round_every = std::chrono::seconds(1);
constexpr auto write_back_every = std::chrono::minutes(10);
constexpr auto drop_every = std::chrono::minutes(10);
constexpr Time seal_after = day;                   // so that a quiet service's tail does not grow old
constexpr std::int32_t open_days = 8;              // hours are kept so long
constexpr Sequence most_to_count_again = 400'000;  // a start is to take less than two seconds
constexpr std::size_t dirty_share = 4;             // of the memory: the more, the fewer values are written twice

}  // namespace

void LocalHistory::upkeep() {
  pthread_setname_np(pthread_self(), "history");
  for (;;) {
    {
      auto stopping = stopping_.lock();
      wake_.wait_for(stopping.lock(), round_every, [&] { return *stopping || seal_asked_.load(); });
      if (*stopping) return;
    }
    upkeep_round();
  }
}

void LocalHistory::upkeep_round() {
  const auto attempt = [this](const base::Result<void>& step) {
    if (!step) refuse_from_now(step.error());
  };
  if (accepting_) attempt(check_place());
  if (!accepting_) try_again();
  seal_asked_ = false;
  // What fails ends the round: RocksDB is not to be asked for more before it has recovered.
  const auto now = clock_.steady();
  derived_->share_memory();
  if (accepting_ && setup_.options.sync == Sync::every_second) attempt(sync());
  if (accepting_ && (write_back_is_due() || now - last_write_back_ >= write_back_every)) attempt(write_back());
  if (accepting_ && seal_is_due()) attempt(seal_now());
  if (accepting_) attempt(close_old_days());
  if (accepting_ && now - last_drop_ >= drop_every) {
    last_drop_ = now;
    attempt(drop_old());
  }
  note_figures();
}

void LocalHistory::note_figures() {
  const auto counts = derived_->counts();
  const auto now = view();
  auto& figures = *figures_;
  std::uint64_t tail = 0;
  std::uint64_t tail_bytes = 0;
  for (const auto& part : now.tails) {
    tail += part->size().rows;
    tail_bytes += part->size().bytes;
  }
  figures.tail_reports = tail;
  figures.reports = now.directory->rows() + tail;
  figures.disk_bytes = store_->disk_bytes();
  figures.merge_bytes = store_->merge_bytes();
  figures.memory_bytes = store_->memory_bytes() + counts.profiles.bytes + counts.trends.bytes + tail_bytes;
  figures.behind_reports = last_ - std::min<Sequence>(last_, derived_->written_to());
  figures.accepting = accepting_ ? 1 : 0;
  figures.profile_hits = counts.profiles.hits;
  figures.profile_misses = counts.profiles.misses;
  figures.profile_evictions = counts.profiles.evictions;
  figures.trend_hits = counts.trends.hits;
  figures.trend_misses = counts.trends.misses;
  figures.trend_evictions = counts.trends.evictions;
  figures.values_evicted = counts.values_evicted;
  const auto blocks = store_->cache_counts();
  figures.block_hits = blocks.hits;
  figures.block_misses = blocks.misses;
}

void LocalHistory::refuse_from_now(const base::Error& error) {
  ++figures_->write_failures;
  *trouble_.lock() = error.message;
  if (accepting_.exchange(false)) log_.error("{}; no reports are taken until that is over", error.message);
}

void LocalHistory::try_again() {
  if (derived_broken_) return;  // profiles cannot be read: more reports would only make them wronger
  if (!check_place()) return;
  const std::lock_guard nothing_else(upkeep_);
  const std::lock_guard held(append_);
  if (auto again = open_anew(); !again) {
    *trouble_.lock() = again.error().message;  // what it waits for now
    return;
  }
  clear_tail_first_ = false;
  trouble_.lock()->clear();
  accepting_ = true;
  log_.notice("history: writing works again, reports are taken");
}

/// All that was acknowledged is in memory or in the database, as before; what was refused is not in memory, but may
/// have come into the database.
base::Result<void> LocalHistory::open_anew() {
  if (auto opened = store_->reopen(); !opened) return opened;
  Store::Batch batch(*store_);
  if (clear_tail_first_) batch.remove_range(Family::tail, tail_key(next_), tail_key(UINT64_MAX));
  batch.put(Family::meta, "alive", "");
  return store_->write(batch, true);
}

base::Result<void> LocalHistory::sync() {
  const Sequence last = last_;
  if (last == last_synced_) return {};
  if (auto synced = store_->sync(); !synced) return synced;
  last_synced_ = last;
  synced_.note(last);
  return {};
}

base::Result<void> LocalHistory::write_back() {
  const std::lock_guard held(upkeep_);
  return write_back_held();
}

base::Result<void> LocalHistory::write_back_held() {
  if (derived_broken_) return {};
  const Sequence counted = last_;
  last_write_back_ = clock_.steady();
  return derived_->write_back(counted);
}

/// What leaves the log cannot be counted again.
base::Result<void> LocalHistory::count_for_good(Sequence last) {
  return derived_->written_to() < last ? write_back_held() : base::Result<void>{};
}

bool LocalHistory::write_back_is_due() const {
  return derived_is_heavy() || (!setup_.scratch && last_ - derived_->written_to() > most_to_count_again);
}

bool LocalHistory::derived_is_heavy() const {
  return derived_->dirty_bytes() > setup_.options.memory_bytes / dirty_share;
}

bool LocalHistory::tail_is_full() const {
  return view_.lock()->active->size().bytes >= setup_.tail_bytes;
}

bool LocalHistory::seal_is_due() const {
  const auto view = *view_.lock();
  if (view.frozen) return true;
  const auto size = view.active->size();
  if (size.rows == 0) return false;
  return tail_is_full() || clock_.now().time_since_epoch().count() - size.newest > seal_after ||
         size.newest - size.oldest > 2 * seal_after;
}

base::Result<void> LocalHistory::seal_now() {
  const std::lock_guard held(upkeep_);
  {
    const std::lock_guard appending(append_);
    auto view = view_.lock();
    if (!view->frozen && view->active->size().last != 0) {
      view->frozen = std::exchange(view->active, std::make_shared<Tail>());
    }
  }
  return seal_frozen();
}

base::Result<void> LocalHistory::seal_frozen() {
  const auto view = *view_.lock();
  if (!view.frozen) return {};
  const auto pages = view.frozen->pages();
  const auto sealed = read_sealed(*store_);
  if (!sealed) return std::unexpected(sealed.error());
  const auto& known = view.directory->segments;
  const auto id = std::max(sealed->next, known.empty() ? 1 : known.back().id + 1);
  const auto header = seal(*store_, hasher_, id, pages);
  if (!header) return std::unexpected(header.error());
  auto directory = std::make_shared<Directory>(*view.directory);
  directory->segments.push_back(*header);
  {
    auto now = view_.lock();
    now->directory = directory;
    now->frozen.reset();
  }
  figures_->segments = directory->segments.size();
  Store::Batch batch(*store_);
  batch.put(Family::meta, sealed_key, encode_sealed({id + 1, header->last}));
  batch.remove_range(Family::tail, tail_key(header->first), tail_key(header->last + 1));
  return store_->write(batch, false);
}

base::Result<void> LocalHistory::close_old_days() {
  const auto today = key_day(clock_.now().time_since_epoch().count());
  const auto before = static_cast<Day>(std::max(0, today - open_days));
  if (before <= derived_->closed_before() || derived_broken_) return {};
  const std::lock_guard held(upkeep_);
  if (auto written = write_back_held(); !written) return written;  // most of it, before appends have to wait
  {
    const std::lock_guard appending(append_);
    if (auto closed = derived_->close_days(before, last_); !closed) return closed;
  }
  return derived_->fold_closed();
}

/// Segments are as old as their place in the log, except those of an import, which came late. They go by their age
/// alone, and leave a hole that is no damage.
base::Result<void> LocalHistory::drop_late_segments(Time before) {
  const auto old = *view_.lock();
  if (old.frozen) return {};  // a seal failed; next time
  auto directory = std::make_shared<Directory>();
  std::vector<SegmentId> gone;
  Sequence last = 0;
  for (const auto& header : old.directory->segments) {
    if (header.newest >= before) {
      directory->segments.push_back(header);
      continue;
    }
    gone.push_back(header.id);
    last = header.last;
    figures_->dropped_for_age += header.rows;
  }
  if (gone.empty()) return {};
  if (auto counted = count_for_good(last); !counted) return counted;
  const auto gaps = find_gaps(*directory, old.active->pages(), *store_);
  if (!gaps) return std::unexpected(gaps.error());
  Store::Batch batch(*store_);
  for (const auto& gap : *gaps) accept_gap(gap, batch);
  if (auto written = store_->write(batch, false); !written) return written;
  publish(directory);
  for (const auto id : gone) {
    if (auto dropped = store_->drop(Family::segments, {page_key(id, 0), page_key(id + 1, 0)}); !dropped) return dropped;
  }
  return {};
}

base::Result<void> LocalHistory::drop_old() {
  const std::lock_guard held(upkeep_);
  const Time now = clock_.now().time_since_epoch().count();
  const auto& options = setup_.options;
  if (auto dropped = derived_->drop_days(key_day(now - options.profile_retention)); !dropped) return dropped;
  const auto old = *view_.lock();
  auto directory = std::make_shared<Directory>(*old.directory);
  auto& segments = directory->segments;
  std::uint64_t space_needed = 0;
  if (options.max_disk_bytes > 0) {
    const auto used = store_->disk_bytes();
    space_needed = used > options.max_disk_bytes ? used - options.max_disk_bytes : 0;
  }
  const auto rows = std::max<std::uint64_t>(directory->rows(), 1);
  const auto segment_bytes = store_->family_bytes(Family::segments);
  std::size_t gone = 0;
  std::uint64_t freed = 0;
  std::uint64_t for_space = 0;
  for (; gone < segments.size(); ++gone) {
    const bool aged = segments[gone].newest < now - options.retention;
    if (!aged && freed >= space_needed) break;
    if (!aged)
      for_space += segments[gone].rows;
    else
      figures_->dropped_for_age += segments[gone].rows;
    freed += segment_bytes * segments[gone].rows / rows;
  }
  if (gone == 0) return drop_late_segments(now - options.retention);
  if (auto counted = count_for_good(segments[gone - 1].last); !counted) return counted;
  if (for_space > 0) {
    figures_->dropped_for_space += for_space;
    log_.warning("history: over setHistoryMaxDiskGB, dropped the {} oldest reports before their time", for_space);
  }
  const auto end = segments[gone - 1].id + 1;
  segments.erase(segments.begin(), segments.begin() + static_cast<std::ptrdiff_t>(gone));
  publish(directory);
  if (auto dropped = store_->drop(Family::segments, {page_key(0, 0), page_key(end, 0)}); !dropped) return dropped;
  if (auto dropped = drop_late_segments(now - options.retention); !dropped) return dropped;
  // An era goes when no segment is left in it; late reports may have put a younger segment in an older one.
  unsigned first_era = era_of(now);
  const auto left = view_.lock()->directory;
  for (const auto& header : left->segments) first_era = std::min<unsigned>(first_era, header.era());
  const KeyRange eras{number_key(0), number_key(first_era)};
  if (auto dropped = store_->drop(Family::logins, eras); !dropped) return dropped;
  return store_->drop(Family::remotes, eras);
}

base::Result<void> LocalHistory::backup(const std::string& folder) {
  const std::lock_guard held(upkeep_);
  if (auto lies = check_place(); !lies) return lies;
  std::error_code error;
  if (!std::filesystem::create_directory(folder, error)) {
    return base::fail("history: cannot make {}: {}", folder, error ? error.message() : "it exists already");
  }
  std::filesystem::permissions(folder, std::filesystem::perms::owner_all, error);
  return store_->backup(folder + "/db");
}

}  // namespace trackalert::history::rocksdb
