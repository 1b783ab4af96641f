// SPDX-License-Identifier: Apache-2.0
// The keys of the column families, and hashes that nobody outside can foresee. docs/history-format.md has the picture.
//
//   meta      name
//   tail      first sequence (8)                              -> page of rows that stand by themselves
//   segments  segment (4), page (2); page 0 is the header     -> page of rows sorted by login
//   logins    era (2), hash of the login (8), ~segment (4)    -> first page, pages
//   remotes   era (2), family (1), address, ~segment (4)      -> page numbers
//   profiles  login                                           -> sequence it counts up to, Profile
//   trends    day (2), facet (1), value                       -> sequence it counts up to, TrendDay
//   days      day (2), facet (1), value                       -> TrendDay, folded
//
// Numbers are big-endian, so that the order of keys is theirs. An era is a week of segments by their newest report;
// eras and days are dropped whole. ~segment: the newest first.
#pragma once

#include <sodium/crypto_shorthash.h>

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/prefix.h"
#include "history/event.h"
#include "history/facet.h"
#include "history/trend.h"

namespace trackalert::history::rocksdb {

using SegmentId = std::uint32_t;
using Page = std::uint16_t;
using Era = std::uint16_t;
using Day = std::uint16_t;

[[nodiscard]] Era era_of(Time time);
/// day_of(), cut to what a key can hold (1970 to 2149).
[[nodiscard]] Day key_day(Time time);

// Names in meta: the hasher's key; "on" or "off" of setHistoryPseudonymise().
inline constexpr std::string_view hash_key_name = "hash_key";
inline constexpr std::string_view pseudonymise_name = "pseudonymise";

/// SipHash-2-4 under a key that is made with the directory: whoever invents logins cannot make them collide.
class Hasher {
 public:
  using Key = std::array<unsigned char, crypto_shorthash_KEYBYTES>;
  explicit Hasher(const Key& key) : key_(key) {}
  [[nodiscard]] std::uint64_t operator()(std::string_view bytes) const {
    std::uint64_t out = 0;
    crypto_shorthash(reinterpret_cast<unsigned char*>(&out), reinterpret_cast<const unsigned char*>(bytes.data()),
                     bytes.size(), key_.data());
    return out;
  }
  /// 128 bits: no two keys of a history share them, so that they stand for the key itself.
  struct Wide {
    std::uint64_t low = 0;
    std::uint64_t high = 0;
    bool operator==(const Wide&) const = default;
  };
  [[nodiscard]] Wide wide(std::string_view bytes) const {
    static_assert(crypto_shorthash_siphashx24_KEYBYTES == crypto_shorthash_KEYBYTES);
    Wide out;
    static_assert(sizeof out == crypto_shorthash_siphashx24_BYTES);
    crypto_shorthash_siphashx24(reinterpret_cast<unsigned char*>(&out),
                                reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), key_.data());
    return out;
  }
  /// Of login, remote and guess, as trends count them.
  [[nodiscard]] EventHashes of(const EventView& event) const;

 private:
  Key key_;
};

[[nodiscard]] std::string tail_key(Sequence first);
[[nodiscard]] std::string page_key(SegmentId segment, Page page);
[[nodiscard]] std::string login_key(Era era, std::uint64_t login_hash, SegmentId segment);
/// Without the segment: what all keys of the login in the era begin with.
[[nodiscard]] std::string login_prefix(Era era, std::uint64_t login_hash);
[[nodiscard]] std::string remote_key(Era era, const base::Address& address, SegmentId segment);
/// The keys of a network in an era: from `first` to before `end`.
struct KeyRange {
  std::string first;
  std::string end;
};
[[nodiscard]] KeyRange remote_range(Era era, const base::Prefix& network);
/// The last 4 bytes of a key of logins or remotes.
[[nodiscard]] SegmentId segment_in(std::string_view key);
/// A login as the key of its profile: cut, as facet.h cuts values.
[[nodiscard]] std::string profile_key(std::string_view login);
[[nodiscard]] std::string trend_key(Day day, Facet facet, std::string_view value);
[[nodiscard]] KeyRange day_range(Day first, unsigned end);
/// A key that no longer belongs to `number` (2 bytes): where a drop of whole eras or days ends.
[[nodiscard]] std::string number_key(unsigned number);

}  // namespace trackalert::history::rocksdb
