// SPDX-License-Identifier: Apache-2.0
// A few records for each of many keys, many records for a few: an entry begins small and moves to the large tier when
// it is full there. In the large tier the record of the earliest time makes room. Fixed size; not thread safe.
//
// Header and Record are trivially copyable; Header has worth(now) as in bounded_table.h, Record has a member `time`.
#pragma once

#include <span>

#include "detect/bounded_table.h"

namespace trackalert::detect {

template <class Header, class Record, std::size_t few, std::size_t many>
class RecordTable {
  template <std::size_t size>
  struct Entry {
    Header header;
    std::uint16_t used = 0;
    std::array<Record, size> records;
    [[nodiscard]] std::uint64_t worth(std::uint32_t now) const { return header.worth(now); }
  };

 public:
  /// One key's entry, until the table is changed.
  struct View {
    Header* header = nullptr;
    std::span<Record> records;
    explicit operator bool() const { return header != nullptr; }
  };

  /// A part of `bytes` for the large tier.
  RecordTable(std::size_t bytes, double large_share)
      : large_(static_cast<std::size_t>(static_cast<double>(bytes) * large_share)),
        small_(bytes - static_cast<std::size_t>(static_cast<double>(bytes) * large_share)) {}

  [[nodiscard]] View find(std::uint64_t key) {
    if (auto* entry = small_.find(key)) return view(*entry);
    if (auto* entry = large_.find(key)) return view(*entry);
    return {};
  }
  [[nodiscard]] View find_or_add(std::uint64_t key, std::uint32_t now) {
    if (auto found = find(key)) return found;
    return view(small_.add(key, now));
  }
  /// A new record of an entry that is there; `lost`, if given, becomes the record that made room for it. Views of this
  /// key's entry end here: the new one comes back, its last record is not always the new one.
  Record& add_record(std::uint64_t key, std::uint32_t now, View& held, Record* lost = nullptr) {
    if (auto* entry = small_.find(key)) {
      if (entry->used < few) return append(*entry, held);
      const auto old = *entry;
      small_.erase(key);
      auto& grown = large_.add(key, now);
      grown.header = old.header;
      grown.used = old.used;
      std::ranges::copy(std::span(old.records).first(old.used), grown.records.begin());
      return append(grown, held);
    }
    auto& entry = *large_.find(key);
    if (entry.used < many) return append(entry, held);
    held = view(entry);
    auto& goes = *std::ranges::min_element(held.records, {}, &Record::time);
    if (lost != nullptr) *lost = goes;
    return goes = Record{};
  }

  [[nodiscard]] std::size_t size() const { return small_.size() + large_.size(); }
  [[nodiscard]] std::uint64_t evictions() const { return small_.evictions() + large_.evictions(); }

 private:
  template <std::size_t size>
  static View view(Entry<size>& entry) {
    return {&entry.header, std::span(entry.records).first(entry.used)};
  }
  template <std::size_t size>
  static Record& append(Entry<size>& entry, View& held) {
    ++entry.used;
    held = view(entry);
    return held.records.back() = Record{};
  }

  BoundedTable<Entry<many>> large_;
  BoundedTable<Entry<few>> small_;
};

}  // namespace trackalert::detect
