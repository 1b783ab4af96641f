// SPDX-License-Identifier: Apache-2.0
// The history in one directory: takes reports in, answers questions, and keeps the place tidy from a thread of its own.
//
//   append ── tail (database's log of writes, memory) ── profiles, trends (caches)
//                │ full, or a day old                       │ now and then
//   upkeep:   seal: a segment and its indexes           write back
//             sync every second; close and fold days; drop what is too old; try again after a failed write
//
// A report is counted in profiles and trends exactly once, since each value says how far it counts
// (write_back_cache.h); and it is in the tail or in a segment, since a segment says which sequences it covers.
//
// Locks, in this order: upkeep_ (one seal, erasure, drop or backup at a time), append_ (who writes the tail), view_.
#pragma once

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "base/placed_file.h"
#include "history/rocksdb/continuity.h"
#include "history/rocksdb/derived.h"
#include "history/rocksdb/engine.h"
#include "history/rocksdb/evaluation.h"
#include "history/rocksdb/figures.h"
#include "history/rocksdb/log_reader.h"
#include "history/rocksdb/pseudonym.h"
#include "history/rocksdb/synced.h"

namespace trackalert::history::rocksdb {

class LocalHistory final : public History {
 public:
  struct Setup {
    Options options;
    ::rocksdb::Env* env = nullptr;  ///< for tests that let the disk fail
    bool upkeep = true;             ///< false: nothing happens by itself (tests, offline commands)
    /// A new history that ends with the process, for a replay: nothing is written that only a start would read, little
    /// is compressed, and its sketches say the same in every run. Whoever writes what is replayed can invent values
    /// that collide.
    bool scratch = false;
    bool damaged_is_fine = false;  ///< for repair: open whatever can be opened
    std::uint64_t tail_bytes = 0;  ///< sealed when the tail takes so much; 0: by memory_bytes
    std::uint64_t trends_over_rows =
        200'000;  ///< queries that would read more reports use trends where these can say it
  };
  static base::Result<std::unique_ptr<LocalHistory>> open(Setup setup, const base::Clock& clock, base::Log& log,
                                                          metrics::Registry& registry);
  ~LocalHistory() override;

  base::Result<void> append(std::span<Arrival> arrivals) override;
  [[nodiscard]] QueryResult<Answer> query(const Query& query) const override;
  [[nodiscard]] QueryResult<Profile> profile(std::string_view login) const override;
  [[nodiscard]] QueryResult<TrendSums> trend(Facet facet, std::string_view value, Time since,
                                             Time until) const override;
  [[nodiscard]] QueryResult<void> each_event(const Filter& filter, const EachEvent& each) const override;
  base::Result<std::uint64_t> erase(std::string_view login) override;
  base::Result<void> backup(const std::string& folder) override;
  [[nodiscard]] Status status() const override;

  // What the upkeep thread does, to be called by hand without it.
  base::Result<void> seal_now();
  base::Result<void> write_back();
  /// So much of profiles and trends is in memory alone that it is to be written, or a start would take long.
  [[nodiscard]] bool write_back_is_due() const;
  /// What is not sealed yet has as much memory as it may.
  [[nodiscard]] bool tail_is_full() const;
  base::Result<void> close_old_days();
  base::Result<void> drop_old();
  base::Result<void> sync();
  /// One round of everything that is due.
  void upkeep_round();

  /// For checks and repairs.
  [[nodiscard]] Store& store() { return *store_; }
  [[nodiscard]] Derived& derived() { return *derived_; }
  [[nodiscard]] LogView view() const;
  [[nodiscard]] const Hasher& hasher() const { return hasher_; }

 private:
  struct Secrets;
  /// Files that are held open as long as the history is.
  struct Held {
    std::unique_ptr<Store> store;
    base::PlacedFile place;
    Synced synced;
  };
  static base::Result<Held> take_hold(const Setup& setup, const base::Clock& clock, base::Log& log);
  LocalHistory(Setup setup, Secrets secrets, Held held, const base::Clock& clock, base::Log& log,
               metrics::Registry& registry);
  static base::Result<Secrets> read_secrets(Store& store, bool fixed);
  base::Result<void> recover();
  base::Result<void> recover_tail(Sequence sealed_to);
  base::Result<void> count_again(const TailPages& pages);
  base::Result<void> count_segments_again();
  base::Result<void> count_segment_again(const SegmentHeader& header);
  base::Result<void> check_continuity() const;

  struct Written;
  [[nodiscard]] base::Result<void> check_place() const;
  [[nodiscard]] base::Result<void> may_append();
  Written encode(std::span<Arrival> arrivals);
  base::Result<void> write_tail(const Written& written);
  void refuse_from_now(const base::Error& error);
  void try_again();
  base::Result<void> open_anew();

  // With upkeep_ held.
  base::Result<void> seal_frozen();
  base::Result<void> write_back_held();
  base::Result<void> count_for_good(Sequence last);
  base::Result<void> drop_late_segments(Time before);
  struct Erasure {
    Store::Batch batch;
    std::vector<std::pair<Family, KeyRange>> rewrite;  ///< what lay there must leave the files
  };
  [[nodiscard]] bool seal_is_due() const;
  [[nodiscard]] bool derived_is_heavy() const;
  base::Result<std::uint64_t> erase_from_tail(const Tail& tail, std::string_view login, Store::Batch& batch,
                                              TailPages& changed);
  base::Result<std::uint64_t> erase_from_segment(SegmentHeader& header, std::string_view login, Erasure& erasure);
  [[nodiscard]] Filter stored_form(Filter filter) const;
  [[nodiscard]] QueryResult<Answer> query_log(const Query& query, const LogReader& reader, Budget& budget) const;
  void publish(std::shared_ptr<const Directory> directory);
  void note_figures();
  void upkeep();

  const Setup setup_;
  const base::Clock& clock_;
  base::Log& log_;
  std::unique_ptr<Store> store_;
  const base::PlacedFile place_;  ///< the database's lock, which lies there as long as the database does
  const Hasher hasher_;
  const Pseudonym pseudonym_;
  Synced synced_;
  std::shared_ptr<Figures> figures_;
  std::unique_ptr<Derived> derived_;

  std::mutex upkeep_;
  mutable std::mutex append_;
  Sequence next_ = 1;
  bool clear_tail_first_ = false;  ///< a write failed: what it left, if anything, must go before the next

  struct View {
    std::shared_ptr<const Directory> directory;
    std::shared_ptr<Tail> active;
    std::shared_ptr<Tail> frozen;  ///< being sealed; null if none
  };
  base::Guarded<View> view_;
  base::Guarded<std::string> trouble_;
  std::atomic<bool> accepting_{true};
  std::atomic<bool> derived_broken_{false};
  std::atomic<Sequence> last_{0};
  std::atomic<Sequence> last_synced_{0};

  std::condition_variable wake_;
  base::Guarded<bool> stopping_{false};
  std::atomic<bool> seal_asked_{false};
  base::SteadyTime last_write_back_;
  base::SteadyTime last_drop_;
  std::thread thread_;
};

}  // namespace trackalert::history::rocksdb
