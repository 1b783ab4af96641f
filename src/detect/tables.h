// SPDX-License-Identifier: Apache-2.0
// What the engine remembers of the last minutes and hours: who guessed whom from where, and where logins succeeded. All
// of fixed size (engine.h says how the memory is shared); what makes room for others:
//   logins    first those that the history had never seen (invented names), then those guessed least, longest ago
//   sources   first those of a day ago, then those with fewest strangers tried; sources under alert last
//   places    the login that succeeded the longest ago (failures are not in here, so that no flood of them can do harm)
//   strangers first those silent for a week, then those with the fewest guesses
// Times are seconds since 1970, hashes keyed.
#pragma once

#include <algorithm>
#include <span>
#include <string>

#include "base/prefix.h"
#include "detect/record_limits.h"
#include "detect/record_table.h"

namespace trackalert::detect {

using Seconds = std::uint32_t;
inline constexpr Seconds seconds_per_day = 86'400;
/// How long a source stays marked after an alert about it: quiet_for of the alert book.
inline constexpr Seconds marked_for = seconds_per_day;

/// Which of the last 32 days; the newest is bit 0.
struct DayBits {
  std::uint16_t newest = 0;  ///< days since 1970
  std::uint32_t bits = 0;

  void set(Seconds time) {
    const auto day = static_cast<std::uint16_t>(time / seconds_per_day);
    if (day > newest) {
      const unsigned by = day - newest;
      bits = by < 32 ? bits << by : 0;
      newest = day;
    }
    if (newest - day < 32) bits |= 1U << (newest - day);
  }
  [[nodiscard]] unsigned count(Seconds now, unsigned days) const {
    const auto today = static_cast<unsigned>(now / seconds_per_day);
    const unsigned behind = today > newest ? today - newest : 0;
    if (behind >= days) return 0;
    const unsigned span = std::min(days - behind, 32U);
    return static_cast<unsigned>(std::popcount(bits & (span == 32 ? ~0U : (1U << span) - 1)));
  }
};

/// One password tried at a login: different ones only.
struct Guess {
  Seconds time = 0;
  std::uint32_t source = 0;
  std::uint32_t net = 0;
  std::uint16_t password = 0;
  bool stranger = false;  ///< the login had never succeeded from that net
};
struct GuessedLogin {
  Seconds last = 0;
  Seconds slow_judged = 0;  ///< when the long window was last looked at
  DayBits stranger_days;
  std::uint16_t guesses = 0;
  bool invented = false;
  [[nodiscard]] std::uint64_t worth(Seconds now) const {
    const bool fresh = now < last + 31 * seconds_per_day;
    const std::uint64_t rank = invented || !fresh ? 0 : 1 + std::min<std::uint64_t>(guesses, 200);
    return rank << 32 | last;
  }
};
using LoginTable = RecordTable<GuessedLogin, Guess, 4, most_guesses_of_login>;

/// A login that a source tried.
struct Tried {
  std::uint32_t login = 0;
  Seconds time = 0;
  std::array<std::uint16_t, 2> passwords{};  ///< the last two different ones
  std::uint8_t guesses = 0;                  ///< different passwords within a day, as far as remembered
  bool known = false;                        ///< it had succeeded from this net before it came up here
  bool entered = false;                      ///< it succeeded here, and was not known
  bool named = false;                        ///< as taken
  std::uint16_t remote = 0;                  ///< of a net: which address in it tried last
};
struct Source {
  Seconds first = 0;
  Seconds last = 0;
  Seconds marked_until = 0;      ///< an alert names it
  Seconds told = 0;              ///< when the alert was last told about it
  std::uint16_t fired = 0;       ///< the rule that marked it: its index and 1
  std::uint16_t fired_wide = 0;  ///< which of the wide rules found it since it is marked, a bit each
  std::uint16_t strangers = 0;   ///< that were guessed
  std::uint16_t crowd = 0;       ///< known or entered logins that made room for others
  [[nodiscard]] std::uint64_t worth(Seconds now) const {
    const bool fresh = now < last + seconds_per_day;
    const std::uint64_t rank = !fresh ? 0 : marked_until > now ? 2000 : 1 + std::min<std::uint64_t>(strangers, 1000);
    return rank << 32 | last;
  }
};
using SourceTable = RecordTable<Source, Tried, 6, most_logins_of_source>;

/// As tables hold it: two letters, or none.
using Country = std::array<char, 2>;
[[nodiscard]] inline std::string country_text(const Country& country) {
  return {country.data(), country[0] == 0 ? 0 : country.size()};
}

/// A place that a login succeeded from; one record for each net.
struct Visit {
  Seconds time = 0;
  float latitude = 0;
  float longitude = 0;
  std::uint32_t asn = 0;
  std::uint32_t net = 0;
  std::uint16_t accuracy_km = 0;
  Country country{};
  bool has_position = false;
  bool usual_place = false;  ///< country, or network, with successes on enough days
  bool usual_device = false;
  bool usual_country = false;
  bool own_vpn = false;  ///< an anonymiser, from a device with successes on enough days
  std::uint8_t network_kinds = 0;
};
struct Visitor {
  Seconds last = 0;
  std::array<std::uint16_t, 3> passwords{};  ///< that succeeded, the last one first; 0: none
  [[nodiscard]] std::uint64_t worth(Seconds /*now*/) const { return last; }
};
using PlaceTable = RecordTable<Visitor, Visit, 1, most_places_of_login>;

/// An address that guesses at logins which never succeeded from there: what slow campaigns are found among.
struct Stranger {
  base::Prefix source;  ///< source_of() the address
  Seconds first = 0;
  Seconds last = 0;
  Seconds marked_until = 0;
  Seconds recent_since = 0;
  std::uint16_t recent = 0;   ///< guesses since then
  std::uint16_t guesses = 0;  ///< all
  std::uint16_t successes = 0;
  std::uint16_t entered = 0;              ///< successes of logins that were not known there
  std::uint16_t campaign = 0;             ///< that named it: its index and 1; 0: none
  Seconds slow_judged = 0;                ///< when the long window was last looked at
  std::uint16_t newest_day = 0;           ///< days since 1970
  std::array<std::uint8_t, 64> by_day{};  ///< guesses, the newest day first
  std::array<std::uint32_t, 8> logins{};  ///< some of those tried
  std::uint8_t logins_used = 0;
  std::uint32_t asn = 0;
  std::uint32_t net = 0;
  std::uint32_t device = 0;
  std::uint32_t protocol = 0;
  std::uint32_t attrs = 0;
  Country country{};

  void count_guess(Seconds time) {
    const auto day = static_cast<std::uint16_t>(time / seconds_per_day);
    if (day > newest_day) {
      const std::size_t by = std::min<std::size_t>(day - newest_day, by_day.size());
      std::ranges::copy_backward(std::span(by_day).first(by_day.size() - by), by_day.end());
      std::ranges::fill(std::span(by_day).first(by), std::uint8_t{0});
      newest_day = day;
    }
    const std::size_t ago = newest_day - day;
    if (ago < by_day.size() && by_day[ago] < UINT8_MAX) ++by_day[ago];
  }
  /// Guesses of the days [from, end) ago, as of `now`; `days`, if given, grows by those with any.
  [[nodiscard]] unsigned guesses_in(Seconds now, unsigned from, unsigned end, unsigned* days = nullptr) const {
    const auto kept = static_cast<int>(by_day.size());
    const int ahead = newest_day - static_cast<int>(now / seconds_per_day);
    const auto begin = std::clamp(static_cast<int>(from) + ahead, 0, kept);
    const auto behind = std::clamp(static_cast<int>(end) + ahead, begin, kept);
    unsigned sum = 0;
    unsigned with_any = 0;
    for (int at = begin; at < behind; ++at) {
      const unsigned of_day = by_day[static_cast<std::size_t>(at)];
      sum += of_day;
      with_any += of_day > 0 ? 1 : 0;
    }
    if (days != nullptr) *days += with_any;
    return sum;
  }
  [[nodiscard]] std::uint64_t worth(Seconds now) const {
    const bool fresh = now < last + 7 * seconds_per_day;
    const std::uint64_t rank = (fresh ? 1000 : 0) + std::min<std::uint64_t>(guesses, 900);
    return rank << 32 | last;
  }
};
using StrangerTable = BoundedTable<Stranger>;

/// Guesses in slots of 10 minutes, for five weeks: what is usual at this hour of the week.
class GuessLevels {
 public:
  static constexpr Seconds slot_seconds = 600;
  static constexpr std::size_t slots = 5 * 7 * 144;

  void count(Seconds time) { ++at(time).guesses; }
  void take_back(Seconds time) {
    auto& slot = at(time);
    if (slot.guesses > 0) --slot.guesses;
  }
  [[nodiscard]] std::uint32_t of_slot(std::uint32_t number) const {
    const auto& slot = slots_[number % slots];
    return slot.number == number ? slot.guesses : 0;
  }

 private:
  struct Slot {
    std::uint32_t number = 0;
    std::uint32_t guesses = 0;
  };
  Slot& at(Seconds time) {
    const auto number = time / slot_seconds;
    auto& slot = slots_[number % slots];
    if (slot.number < number) slot = {number, 0};
    if (slot.number != number) return scratch_;
    return slot;
  }
  std::vector<Slot> slots_ = std::vector<Slot>(slots);
  Slot scratch_;  ///< for what is too old
};

/// When the history was last asked who guesses at a login, for one rule.
struct Asked {
  Seconds last = 0;
  [[nodiscard]] std::uint64_t worth(Seconds /*now*/) const { return last; }
};
using AskedTable = BoundedTable<Asked>;

struct Tables {
  explicit Tables(std::size_t bytes)
      : logins(bytes / 5, 0.5),
        sources(bytes / 10 * 3, 0.4),
        places(bytes / 10 * 3, 0.3),
        strangers(bytes / 100 * 19),
        asked(bytes / 100) {}
  LoginTable logins;
  SourceTable sources;
  PlaceTable places;
  StrangerTable strangers;
  AskedTable asked;
  GuessLevels levels;
};

}  // namespace trackalert::detect
