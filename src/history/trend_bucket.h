// SPDX-License-Identifier: Apache-2.0
// One bucket of a TrendDay: counts and sets of a minute, an hour or the day, as bytes that somebody else owns.
//
//   2 bytes      key: 4 * its first minute of the day, plus 0 for the day, 1 for an hour, 2 for a minute; little-endian
//   1 byte       flags: bits 0-1 and 2-3 the size of successes and failures (0, 1, 2 or 4 bytes, the fewest that do),
//                bits 4, 5, 6 whether there is a set of logins, remotes, guesses
//   0 to 8       successes, failures, little-endian
//   sets         those that are there, each not empty, as in distinct_form.h
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "history/distinct_form.h"

namespace trackalert::history::trend_bucket {

enum class Kind : std::uint8_t { day = 0, hour = 1, minute = 2 };

/// Keys of a record ascend. No two buckets of a record begin at the same minute.
using Key = std::uint16_t;
[[nodiscard]] constexpr Key key_of(Kind kind, unsigned first_minute) {
  return static_cast<Key>(first_minute << 2 | static_cast<unsigned>(kind));
}
[[nodiscard]] constexpr Kind kind_of(Key key) {
  return static_cast<Kind>(key & 3);
}
[[nodiscard]] constexpr unsigned first_minute_of(Key key) {
  return key >> 2;
}
inline constexpr Key day_key = key_of(Kind::day, 0);

inline constexpr std::size_t sets = 3;  ///< logins, remotes, guesses
inline constexpr std::size_t max_bytes = 2 + 1 + 8 + sets * distinct_form::max_bytes;

/// What one report adds: itself, and a hash to some of the sets.
struct Addition {
  bool success = false;
  std::array<std::optional<std::uint32_t>, sets> hashes;
};

/// A bucket taken apart, without a copy.
struct View {
  Key key = 0;
  std::uint32_t successes = 0;
  std::uint32_t failures = 0;
  std::array<std::string_view, sets> forms;
  std::string_view bytes;  ///< the whole bucket
};

[[nodiscard]] Key key_at(const std::string& bytes, std::size_t at);
void set_key(std::string& bytes, std::size_t at, Key key);
/// Where the bucket at `at`, which is sound, ends.
[[nodiscard]] std::size_t end_of(const std::string& bytes, std::size_t at);
/// The bucket at `at`, which is sound.
[[nodiscard]] View view(std::string_view bytes, std::size_t at);
/// The same, of bytes that may be anything. Whether the key makes sense among the others is for the record to know.
[[nodiscard]] std::optional<View> check(std::string_view bytes, std::size_t at);

/// Puts a new bucket there, of one report.
void insert(std::string& bytes, std::size_t at, Key key, const Addition& addition);
/// Counts one report in the bucket that begins there. Counts stop at 2^32 - 1.
void add(std::string& bytes, std::size_t at, const Addition& addition);
/// Adds another bucket, which does not lie in `bytes` and whose key does not matter.
void merge(std::string& bytes, std::size_t at, const View& other);

}  // namespace trackalert::history::trend_bucket
