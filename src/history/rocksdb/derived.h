// SPDX-License-Identifier: Apache-2.0
// Profiles and trends: what is derived from the log, report by report, kept in caches with a bound and written back.
//
// Trends are kept by day. A day that is eight days old is closed: its records are folded, into one bucket each, and
// written as one sorted file. A report that comes even later is counted in a record beside the folded one (the facet's
// byte in its key has its high bit set), and readers add the two.
//
// Threads: count() and close_day() by one at a time, the rest by any.
#pragma once

#include <atomic>
#include <boost/container/static_vector.hpp>
#include <functional>
#include <span>

#include "history/history.h"
#include "history/rocksdb/keys.h"
#include "history/rocksdb/store.h"
#include "history/rocksdb/write_back_cache.h"

namespace trackalert::history::rocksdb {

class Derived {
 public:
  Derived(Store& store, const Hasher& hasher, std::size_t profile_bytes, std::size_t trend_bytes);
  /// Reads how far the database counts; before anything else.
  base::Result<void> load();

  /// Before a number of count()s of the same reports, in this order: their values come from memory side by side. It may
  /// be left out.
  void expect(std::span<const EventView> events);
  /// Counts a report, unless it is counted already. An error: something could not be read; some values have counted it,
  /// others not, and a new start sorts that out.
  /// `before`, if given: what the profile said until now.
  base::Result<void> count(const EventView& event, const EventHashes& hashes, Novelty& novelty,
                           Familiarity* before = nullptr);
  /// Why the database did not take something that had to make room; it is still in memory.
  [[nodiscard]] std::optional<base::Error> take_trouble();

  /// All reports up to this one are in the database.
  [[nodiscard]] Sequence written_to() const { return written_to_; }
  /// Writes everything back. `counted`: all up to this one have been count()ed.
  base::Result<void> write_back(Sequence counted);
  [[nodiscard]] std::size_t dirty_bytes() const;
  /// Profiles may have what trends do not need: at most half of theirs, until they do. To be called once in a while.
  void share_memory();

  [[nodiscard]] base::Result<Profile> profile(std::string_view login) const;
  base::Result<void> add_trend(Facet facet, std::string_view value, Time since, Time until, TrendSums& into) const;
  /// Each record of one value in the days of [since, until), by day; a day's may come in two parts.
  using VisitDay = std::function<void(Day day, const TrendDay& record)>;
  base::Result<void> each_record(Facet facet, std::string_view value, Time since, Time until,
                                 const VisitDay& visit) const;
  /// Each record of a facet in the days of [since, until); a value's record of a day may come in two parts. False ends.
  using VisitTrend = std::function<bool(Day day, std::string_view value, const TrendDay& record)>;
  base::Result<void> each_trend(Facet facet, Time since, Time until, const VisitTrend& visit) const;

  /// Days before this one are closed.
  [[nodiscard]] Day closed_before() const { return closed_before_; }
  /// From here on, reports of earlier days are counted beside. No count() meanwhile.
  base::Result<void> close_days(Day before, Sequence counted);
  /// Folds what was closed and not yet folded. Beside count().
  base::Result<void> fold_closed();

  /// Forgets the profile of one login, and its trends of the days `first` to `last`, once `batch` is written; returns
  /// the keys that the database holds. No count() and no write_back() until then.
  base::Result<std::vector<std::pair<Family, std::string>>> erase(std::string_view login, Day first, Day last,
                                                                  Store::Batch& batch);
  /// Forgets, once written, how far all is counted and which days are closed: for a repair, which empties the families.
  static void forget_marks(Store::Batch& batch);
  /// Forgets all days before.
  base::Result<void> drop_days(Day before);

  struct Counts {
    WriteBackCache<Profile>::Counts profiles;
    WriteBackCache<TrendDay>::Counts trends;
    std::uint64_t values_evicted = 0;  ///< from full profiles
  };
  [[nodiscard]] Counts counts() const;

 private:
  /// What a report is counted under.
  struct Keys {
    struct Trend {
      Facet facet;
      WriteBackCache<TrendDay>::Wanted wanted;
    };
    Sequence sequence = 0;
    Day day = 0;
    bool closed = false;  ///< the day: no count() is beside close_days()
    std::string cut_login;
    std::optional<WriteBackCache<Profile>::Wanted> login;
    std::string text;  ///< of all trends' keys
    boost::container::static_vector<Trend, trend_facets.size()> trends;
  };
  void make_keys(const EventView& event, Keys& out) const;
  const Keys& keys_of(const EventView& event);
  base::Result<void> count_trends(const EventView& event, const EventHashes& hashes, const Keys& keys);
  base::Result<void> fold_day(Day day);
  /// Whether every record of the day is in memory, so that one that is not is nowhere: most reports begin records of
  /// today, and need not look for them on the disk.
  bool is_whole(Day day);
  void forget_whole(Day day);
  [[nodiscard]] base::Result<std::optional<TrendDay>> read_folded(std::string_view key) const;

  Store& store_;
  const std::size_t trend_bytes_;
  const std::size_t memory_bytes_;  ///< of both caches
  WriteBackCache<Profile> profiles_;
  WriteBackCache<TrendDay> trends_;
  std::atomic<Sequence> written_to_{0};
  std::atomic<Day> closed_before_{0};
  Sequence closed_at_ = 0;  ///< reports up to this one, of closed days, are counted
  std::atomic<std::uint64_t> values_evicted_{0};
  std::vector<Keys> expected_;
  std::size_t expected_count_ = 0;
  std::size_t next_expected_ = 0;
  Keys other_keys_;  ///< of a report that was not expected
  std::vector<WriteBackCache<Profile>::Wanted> profiles_wanted_;
  std::vector<WriteBackCache<TrendDay>::Wanted> trends_wanted_;
  struct Whole {
    Day day;
    bool whole;
  };
  static constexpr std::size_t most_whole_days = 16;
  std::vector<Whole> whole_;  ///< the days that count() came upon lately
};

}  // namespace trackalert::history::rocksdb
