// SPDX-License-Identifier: Apache-2.0
// How much, how wide, since when: counts of one facet value by time.
//
// A TrendDay is what happened to one value (one address, one country, ...) on one day, UTC: buckets of a minute, an
// hour or the day, each with its successes, failures, and sets of different logins, remotes and guesses. A report is
// counted in one bucket: in its minute, if that lies within 3 hours of the newest minute of the record; else in its
// hour; once the day was fold()ed (8 days later, by the engine), in the day. Minutes that fall out of the 3 hours are
// folded into their hour. What a record holds depends only on the reports, whatever their order and however they came
// together by merge().
//
// As a Profile, it is its own storage format (docs/history-format.md): flat bytes, small where little happened: one
// report of an address takes 15 bytes, which a string holds without an allocation. Not thread safe.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "history/distinct_set.h"
#include "history/event.h"
#include "history/facet.h"
#include "history/trend_bucket.h"

namespace trackalert::history {

/// The facets whose values have trends.
inline constexpr std::array trend_facets{Facet::all, Facet::login,   Facet::remote, Facet::net,
                                         Facet::asn, Facet::country, Facet::device};

/// A failure is not a guess: see is_guess(). One guess is one pair of login and pwhash, so that a phone with
/// yesterday's password guesses once; a failure without a pwhash is a guess by itself.
struct EventHashes {
  std::uint32_t login = 0;
  std::uint32_t remote = 0;
  std::optional<std::uint32_t> guess;
};

/// Whether a wrong password was tried: a failure whose fail_type is none of internal, disabled, expired, account and
/// policy, and that no policy rejected.
[[nodiscard]] bool is_guess(const login::Report& report);

/// Sums over a time. Mergeable: counts add up, sets unite.
struct TrendSums {
  std::uint64_t successes = 0;
  std::uint64_t failures = 0;
  DistinctSet logins;
  DistinctSet remotes;
  DistinctSet guesses;
  bool cut = false;  ///< a bucket lies partly outside the time and was counted whole

  void merge(const TrendSums& other);
  bool operator==(const TrendSums&) const = default;
};

/// Days since 1970, UTC (floor).
[[nodiscard]] std::int32_t day_of(Time time);
/// Minutes that a record keeps as such: its newest and those before.
inline constexpr unsigned window_minutes = 3 * 60;

class TrendDay {
 public:
  TrendDay() = default;
  /// Bytes of bytes(), checked: anything else is an error, never undefined behaviour.
  static base::Result<TrendDay> from_bytes(std::string bytes);
  [[nodiscard]] const std::string& bytes() const { return bytes_; }
  [[nodiscard]] bool empty() const { return bytes_.empty(); }

  /// Counts one report of this record's day. A facet's own set is left out: the login facet keeps no logins, the
  /// remote facet no remotes (a report that has no login, or no remote, is in no such set: `has_login`, `has_remote`).
  struct Count {
    Facet facet = Facet::all;
    Time time = 0;
    bool success = false;
    bool has_login = false;
    bool has_remote = false;
    EventHashes hashes;
  };
  void add(const Count& count);
  /// Asks for the memory that add() will want.
  void prefetch() const { __builtin_prefetch(bytes_.data() + newest_offset_, 1); }
  /// All into one bucket of the day, and so what comes later.
  void fold();
  [[nodiscard]] bool folded() const;
  /// Of the same day and value, seen by somebody else. Folded if one of both is.
  void merge(const TrendDay& other);

  /// Adds the buckets that touch [since, until); `day` is day_of() its reports.
  void sum(std::int32_t day, Time since, Time until, TrendSums& into) const;
  /// Only the counts; quick, for scans over many records.
  struct Counts {
    std::uint64_t successes = 0;
    std::uint64_t failures = 0;
    bool cut = false;
  };
  void count(std::int32_t day, Time since, Time until, Counts& into) const;
  /// Each bucket, by time: a minute, an hour or the day long.
  struct Bucket {
    Time start = 0;
    Time length = 0;
    std::uint32_t successes = 0;
    std::uint32_t failures = 0;
  };
  void for_each(std::int32_t day, const std::function<void(const Bucket&)>& visit) const;

  bool operator==(const TrendDay& other) const { return bytes_ == other.bytes_; }

 private:
  void fold_minutes_before(unsigned first_minute);
  void add_late(unsigned minute_of_day, unsigned newest, const trend_bucket::Addition& addition);

  std::string bytes_;
  std::uint32_t newest_offset_ = 0;  ///< where the last bucket begins, to find it at once; not stored
};

}  // namespace trackalert::history
