// SPDX-License-Identifier: Apache-2.0
// A hash table of fixed size over 64-bit keys that nobody outside can foresee: sets of eight, and a set that is full
// forgets the entry that is worth least. No allocation after construction; memory is touched as it is used. Not thread
// safe.
//
// Entry is trivially copyable and has
//   std::uint64_t worth(std::uint32_t now) const    // least goes first; now in seconds since 1970
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <memory>
#include <type_traits>
#include <vector>

namespace trackalert::detect {

template <class Entry>
class BoundedTable {
  static_assert(std::is_trivially_copyable_v<Entry>);

 public:
  /// Uses at most `bytes`, or what one set takes.
  explicit BoundedTable(std::size_t bytes)
      : sets_(std::max<std::size_t>(1, bytes / (ways * (sizeof(Entry) + sizeof(std::uint64_t))))),
        keys_(sets_),
        entries_(std::make_unique_for_overwrite<Entry[]>(sets_ * ways)) {}

  /// nullptr: not there.
  [[nodiscard]] Entry* find(std::uint64_t key) {
    const auto set = set_of(key);
    for (std::size_t way = 0; way < ways; ++way) {
      if (keys_[set][way] == key) return &entries_[set * ways + way];
    }
    return nullptr;
  }
  /// A new entry under a key that is not there; `key` is not 0.
  Entry& add(std::uint64_t key, std::uint32_t now) {
    const auto set = set_of(key);
    std::size_t goes = 0;
    std::uint64_t least = UINT64_MAX;
    for (std::size_t way = 0; way < ways; ++way) {
      if (keys_[set][way] == 0) {
        goes = way;
        least = 0;
        break;
      }
      const auto worth = entries_[set * ways + way].worth(now);
      if (worth < least) {
        least = worth;
        goes = way;
      }
    }
    if (keys_[set][goes] != 0)
      ++evictions_;
    else
      ++size_;
    keys_[set][goes] = key;
    return entries_[set * ways + goes] = Entry{};
  }
  void erase(std::uint64_t key) {
    const auto set = set_of(key);
    for (auto& held : keys_[set]) {
      if (held != key) continue;
      held = 0;
      --size_;
    }
  }
  /// visit(key, entry), in an order that depends only on the keys that were added.
  template <class Visit>
  void for_each(Visit visit) {
    for (std::size_t set = 0; set < sets_; ++set) {
      for (std::size_t way = 0; way < ways; ++way) {
        if (keys_[set][way] != 0) visit(keys_[set][way], entries_[set * ways + way]);
      }
    }
  }

  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] std::size_t capacity() const { return sets_ * ways; }
  /// Entries that made room.
  [[nodiscard]] std::uint64_t evictions() const { return evictions_; }

 private:
  static constexpr std::size_t ways = 8;

  [[nodiscard]] std::size_t set_of(std::uint64_t key) const {
    __extension__ using Wide = unsigned __int128;
    return static_cast<std::size_t>((Wide{key} * sets_) >> 64);
  }

  std::size_t sets_;
  std::vector<std::array<std::uint64_t, ways>> keys_;
  std::unique_ptr<Entry[]> entries_;
  std::size_t size_ = 0;
  std::uint64_t evictions_ = 0;
};

}  // namespace trackalert::detect
