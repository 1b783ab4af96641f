// SPDX-License-Identifier: Apache-2.0
// What is usual for one login: for each value of a few facets when it was seen first and last, and how often it
// succeeded and failed. Answers "is this new for this user?".
//
// A Profile is its own storage format (docs/history-format.md): a flat run of bytes, in memory as on disk, so that the
// common report, whose values are all known, changes a few bytes in place and allocates nothing. Not thread safe.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "history/event.h"
#include "history/facet.h"

namespace trackalert::history {

/// The facets of a profile, in the order of Novelty's bits.
inline constexpr std::array profile_facets{Facet::country, Facet::asn,      Facet::net,
                                           Facet::device,  Facet::protocol, Facet::hour_of_week};

/// How one value was used. Times are whole seconds, in microseconds since 1970.
struct Usage {
  Time first = 0;
  Time last = 0;
  Time last_success = 0;  ///< 0: never
  std::uint32_t successes = 0;
  std::uint32_t failures = 0;
  /// Days (UTC) with a success. A late report counts its day only if it is before all that is known.
  std::uint16_t success_days = 0;
  bool operator==(const Usage&) const = default;
};

class Profile {
 public:
  /// Values a facet holds at most (hour_of_week: all 168). To make room, the value that was seen last the longest ago
  /// goes, one that never succeeded before one that did: a flood of guesses cannot push out what is usual.
  static constexpr std::size_t max_values = 64;

  Profile() = default;
  /// Bytes of bytes(), checked: anything else is an error, never undefined behaviour.
  static base::Result<Profile> from_bytes(std::string bytes);
  /// Empty for a login that was never seen.
  [[nodiscard]] const std::string& bytes() const { return bytes_; }
  [[nodiscard]] bool empty() const { return bytes_.empty(); }

  /// Counts one report. Values longer than facet.h's max_value_bytes are cut by append_value(). `evicted` grows by the
  /// values that had to go.
  /// `before`, if given, becomes what the profile said until now.
  Novelty add(const EventView& event, std::uint64_t& evicted, Familiarity* before = nullptr);
  /// Asks for the memory that add() will want.
  void prefetch() const {
    constexpr std::size_t cache_line = 64;
    constexpr std::size_t most = 8 * cache_line;  // what follows comes by itself
    for (std::size_t at = 0; at < std::min(bytes_.size(), most); at += cache_line) {
      __builtin_prefetch(bytes_.data() + at, 1);
    }
  }
  /// What two histories know of one login, together: min, max, sums (days: sum less one if both saw the same last day).
  void merge(const Profile& other);
  /// Drops values not seen since `before`; the whole profile becomes empty if nothing is left.
  void expire(Time before);

  /// Of the login as a whole.
  [[nodiscard]] Usage total() const;
  /// `value` as append_value() gives it.
  [[nodiscard]] std::optional<Usage> find(Facet facet, std::string_view value) const;
  /// In no particular order.
  void for_each(const std::function<void(Facet, std::string_view value, const Usage&)>& visit) const;

  bool operator==(const Profile&) const = default;

 private:
  std::string bytes_;
};

}  // namespace trackalert::history
