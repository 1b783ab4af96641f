// SPDX-License-Identifier: Apache-2.0
// Derived data in memory with a bound, written back in batches: the state of each key that was touched lately, whole.
//
// Exactly once. Each value carries the sequence of the last report counted in it, in memory and on disk. So it may be
// written back at any time, alone, and after a crash the log is counted again from any point before the last complete
// write_back(): a value skips what it has counted already.
//
// Threads: update() and drop_if() by one thread at a time, write_back() by one, read() and visit_dirty() by any.
// Keys fall into shards with a lock each. A value being written back is not evicted, or an older state could overtake
// a newer one on its way to the disk.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/guarded.h"
#include "history/rocksdb/bulk_writer.h"
#include "history/rocksdb/store.h"
#include "history/rocksdb/varint.h"

namespace trackalert::history::rocksdb {

/// Value: default-constructible, bytes(), prefetch(), static from_bytes() as Profile and TrendDay have them.
template <class Value>
class WriteBackCache {
 public:
  struct Counts {
    std::uint64_t hits = 0;
    std::uint64_t misses = 0;
    std::uint64_t evictions = 0;
    std::uint64_t bytes = 0;
    std::uint64_t dirty_bytes = 0;
  };

  /// `on_evict`: called for each key that leaves memory, by the thread that calls update(), under a lock.
  WriteBackCache(Store& store, Family family, std::size_t max_bytes, const Hasher& hasher,
                 std::function<void(std::string_view key)> on_evict = {})
      : store_(store),
        family_(family),
        max_shard_bytes_(max_bytes / shard_count),
        hasher_(hasher),
        on_evict_(std::move(on_evict)) {}

  /// From now on; what is too much goes with the next update() of its shard. Any thread.
  void set_limit(std::size_t max_bytes) { max_shard_bytes_ = max_bytes / shard_count; }

  /// A key as update() wants it; the views are the caller's.
  struct Wanted {
    std::string_view key;
    Hasher::Wide hash;
  };
  [[nodiscard]] Wanted wanted(std::string_view key) const { return {key, hasher_.wide(key)}; }

  /// By the thread that calls update(), before a number of these: asks memory for the values of all keys at once, where
  /// update() after update() would wait for each.
  void expect(std::span<const Wanted> all) {
    expected_.clear();
    for (const auto& one : all) {
      const auto* entry = find(shard_of(one.hash).unlocked(), one.hash);
      if (entry == nullptr) continue;
      __builtin_prefetch(entry, 1);
      __builtin_prefetch(reinterpret_cast<const char*>(entry + 1) - 1, 1);
      expected_.push_back(entry);
    }
    for (const auto* entry : expected_) entry->value.prefetch();
  }

  /// change(value) for a report that the value has not counted yet; loads it first where it must, unless the caller
  /// knows that what is not in memory is `nowhere`. An error: it could not be loaded, and has not counted the report.
  template <class Change>
  base::Result<void> update(const Wanted& wanted, Sequence sequence, bool nowhere, Change&& change) {
    auto shard = shard_of(wanted.hash).lock();
    auto entry = find_or_load(*shard, wanted.hash, wanted.key, nowhere);
    if (!entry) return std::unexpected(entry.error());
    auto& found = **entry;
    if (found.applied >= sequence) return {};
    const auto before = cost_of(found);
    change(found.value);
    found.applied = sequence;
    found.used = true;
    const auto after = cost_of(found);
    shard->bytes += after - before;
    if (!found.dirty)
      shard->dirty_bytes += after;
    else
      shard->dirty_bytes += after - before;
    found.dirty = true;
    if (shard->bytes > max_shard_bytes_) {
      // What could not be written stays, and the memory with it, until somebody looks at trouble().
      if (auto evicted = evict(*shard, &found); !evicted) *trouble_.lock() = evicted.error();
    }
    return {};
  }

  /// Why an eviction could not write since the last call.
  [[nodiscard]] std::optional<base::Error> take_trouble() { return std::exchange(*trouble_.lock(), std::nullopt); }

  /// A copy; none if the key was never counted, or its value is empty.
  [[nodiscard]] base::Result<std::optional<Value>> read(std::string_view key) const {
    const auto hash = hasher_.wide(key);
    {
      auto shard = shard_of(hash).lock();
      if (const auto* found = find(*shard, hash)) {
        ++shard->hits;
        return found->value.empty() ? std::nullopt : std::optional(found->value);
      }
      ++shard->misses;
    }
    auto stored = store_.get(family_, key);
    if (!stored) return std::unexpected(stored.error());
    const auto& bytes = *stored;
    if (!bytes) return std::nullopt;
    auto decoded = decode(*bytes);
    if (!decoded) return std::unexpected(decoded.error());
    return decoded->value.empty() ? std::nullopt : std::optional(std::move(decoded->value));
  }

  /// Writes back all that was dirty when it began, as one sorted file, which spares the log of writes, the memtable and
  /// its flush. What changes meanwhile may come along or not. One at a time.
  base::Result<void> write_back() {
    auto claimed = claim_dirty();
    std::ranges::sort(claimed, {}, &Claimed::key);
    BulkWriter file(store_, family_, 0);
    for (auto& one : claimed) put(one, file);
    auto written = file.finish();
    // The file will be on the disk at once. No value may count a report that a power loss could still take from the
    // log.
    if (written && !file.empty()) written = store_.sync();
    if (written && !file.empty()) written = store_.take_over({file.file()});
    for (const auto& one : claimed) give_back(one, written.has_value());
    return written;
  }

  /// visit(key, value) for everything not yet written back. Holds a shard's lock meanwhile: be quick.
  template <class Visit>
  void visit_dirty(Visit&& visit) const {
    for (const auto& guarded : shards_) {
      auto shard = guarded.lock();
      for (const auto& entry : shard->entries) {
        if (entry.dirty) visit(std::string_view(entry.key), entry.value);
      }
    }
  }

  /// Writes back and forgets every value whose key `which` takes.
  template <class Which>
  base::Result<void> drop_if(Which&& which) {
    if (auto written = write_back(); !written) return written;
    for (auto& guarded : shards_) {
      auto shard = guarded.lock();
      for (std::uint32_t i = 0; i < shard->entries.size(); ++i) {
        auto& entry = shard->entries[i];
        if (!entry.alive || !which(std::string_view(entry.key))) continue;
        if (entry.dirty) return base::fail("history: a value changed while it was put away");
        forget(*shard, i);
      }
    }
    return {};
  }

  /// Forgets a key without writing it back: its value on the disk is about to be removed.
  void erase(std::string_view key) {
    const auto hash = hasher_.wide(key);
    auto shard = shard_of(hash).lock();
    const auto at = shard->by_hash.find(hash);
    if (at != shard->by_hash.end()) forget(*shard, at->second);
  }

  [[nodiscard]] Counts counts() const {
    Counts sum;
    for (const auto& guarded : shards_) {
      auto shard = guarded.lock();
      sum.hits += shard->hits;
      sum.misses += shard->misses;
      sum.evictions += shard->evictions;
      sum.bytes += shard->bytes;
      sum.dirty_bytes += shard->dirty_bytes;
    }
    return sum;
  }

  struct Stored {
    Sequence applied = 0;
    Value value;
  };
  static base::Result<Stored> decode(std::string_view bytes) {
    Reader reader(bytes);
    const auto applied = reader.varint();
    if (reader.bad()) return base::fail("history: a stored value is cut short");
    auto value = Value::from_bytes(std::string(reader.rest()));
    if (!value) return std::unexpected(value.error());
    return Stored{applied, std::move(*value)};
  }
  static std::string encode(Sequence applied, const Value& value) {
    std::string out;
    put_varint(out, applied);
    out += value.bytes();
    return out;
  }

 private:
  static constexpr std::size_t shard_count = 16;

  struct Entry {
    std::string key;
    Value value;
    Sequence applied = 0;
    bool alive = false;
    bool dirty = false;
    bool in_flight = false;  ///< being written back
    bool used = false;       ///< since the hand of the clock came by
  };
  struct LowBits {  // the high ones choose the shard
    using is_avalanching = void;
    std::size_t operator()(const Hasher::Wide& hash) const { return hash.low; }
  };
  struct Shard {
    /// By hash alone: to look at the key as well would cost a cache line that nothing else needs.
    boost::unordered_flat_map<Hasher::Wide, std::uint32_t, LowBits> by_hash;
    std::deque<Entry> entries;
    std::vector<std::uint32_t> free;
    std::size_t hand = 0;
    std::size_t bytes = 0;
    std::size_t dirty_bytes = 0;
    std::uint64_t hits = 0;
    std::uint64_t misses = 0;
    std::uint64_t evictions = 0;
  };

  const base::Guarded<Shard>& shard_of(const Hasher::Wide& hash) const { return shards_[hash.high % shard_count]; }

  static std::size_t heap_bytes(const std::string& text) {
    return text.capacity() <= 15 ? 0 : text.capacity() + 17;  // with what malloc adds
  }
  static std::size_t cost_of(const Entry& entry) {
    constexpr std::size_t index_bytes = 36;  // of by_hash, at its usual load
    return sizeof(Entry) + index_bytes + heap_bytes(entry.key) + heap_bytes(entry.value.bytes());
  }

  static const Entry* find(const Shard& shard, const Hasher::Wide& hash) {
    const auto at = shard.by_hash.find(hash);
    return at == shard.by_hash.end() ? nullptr : &shard.entries[at->second];
  }

  base::Result<Entry*> find_or_load(Shard& shard, const Hasher::Wide& hash, std::string_view key, bool nowhere) {
    if (const auto at = shard.by_hash.find(hash); at != shard.by_hash.end()) {
      ++shard.hits;
      return &shard.entries[at->second];
    }
    ++shard.misses;
    Stored state;
    if (!nowhere) {
      auto stored = store_.get(family_, key);
      if (!stored) return std::unexpected(stored.error());
      const auto& bytes = *stored;
      auto decoded = bytes ? decode(*bytes) : base::Result<Stored>(Stored{});
      if (!decoded) return std::unexpected(decoded.error());
      state = std::move(*decoded);
    }
    const auto index = place_for_one(shard);
    auto& entry = shard.entries[index];
    entry = Entry{.key = std::string(key), .value = std::move(state.value), .applied = state.applied, .alive = true};
    shard.by_hash[hash] = index;
    shard.bytes += cost_of(entry);
    return &entry;
  }

  static std::uint32_t place_for_one(Shard& shard) {
    if (!shard.free.empty()) {
      const auto index = shard.free.back();
      shard.free.pop_back();
      return index;
    }
    shard.entries.emplace_back();
    return static_cast<std::uint32_t>(shard.entries.size() - 1);
  }

  void forget(Shard& shard, std::uint32_t index) {
    auto& entry = shard.entries[index];
    const auto cost = cost_of(entry);
    shard.bytes -= cost;
    if (entry.dirty) shard.dirty_bytes -= cost;
    shard.by_hash.erase(hasher_.wide(entry.key));
    const Entry gone = std::move(entry);  // a string that becomes empty would keep its memory
    entry = Entry{};
    shard.free.push_back(index);
  }

  /// Makes a little more room than must be, sparing `keep`; the hand passes what was used since it came by last.
  base::Result<void> evict(Shard& shard, const Entry* keep) {
    const std::size_t most = max_shard_bytes_;
    const auto target = most - most / 64;
    Store::Batch batch(store_);
    std::vector<std::uint32_t> victims;
    std::size_t freed = 0;
    for (std::size_t steps = 0; steps < 2 * shard.entries.size() && shard.bytes - freed > target; ++steps) {
      shard.hand = (shard.hand + 1) % shard.entries.size();
      auto& entry = shard.entries[shard.hand];
      if (!entry.alive || entry.in_flight || &entry == keep) continue;
      if (std::exchange(entry.used, false)) continue;
      if (entry.dirty) batch.put(family_, entry.key, encode(entry.applied, entry.value));
      entry.in_flight = true;  // so that the hand does not take it twice
      freed += cost_of(entry);
      if (on_evict_) on_evict_(entry.key);
      victims.push_back(static_cast<std::uint32_t>(shard.hand));
    }
    const auto written = batch.empty() ? base::Result<void>{} : store_.write(batch, false);
    for (const auto index : victims) {
      shard.entries[index].in_flight = false;
      if (written) forget(shard, index);
    }
    if (written) shard.evictions += victims.size();
    return written;
  }

  /// An entry on its way to the disk. It stays where it is until it is given back.
  struct Claimed {
    std::string_view key;
    std::uint32_t shard = 0;
    std::uint32_t index = 0;
    Sequence applied = 0;  ///< of the state that was written
  };

  std::vector<Claimed> claim_dirty() {
    std::vector<Claimed> out;
    for (std::uint32_t number = 0; number < shard_count; ++number) {
      auto shard = shards_[number].lock();
      for (std::uint32_t i = 0; i < shard->entries.size(); ++i) {
        auto& entry = shard->entries[i];
        if (!entry.dirty) continue;
        entry.in_flight = true;
        out.push_back({entry.key, number, i});
      }
    }
    return out;
  }

  /// The state as of now.
  void put(Claimed& claimed, BulkWriter& file) {
    auto shard = shards_[claimed.shard].lock();
    const auto& entry = shard->entries[claimed.index];
    claimed.applied = entry.applied;
    file.put(entry.key, encode(entry.applied, entry.value));
  }

  void give_back(const Claimed& claimed, bool written) {
    auto shard = shards_[claimed.shard].lock();
    auto& entry = shard->entries[claimed.index];
    entry.in_flight = false;
    if (!written || entry.applied != claimed.applied) return;
    shard->dirty_bytes -= cost_of(entry);
    entry.dirty = false;
  }

  Store& store_;
  const Family family_;
  std::atomic<std::size_t> max_shard_bytes_;
  const Hasher hasher_;
  const std::function<void(std::string_view)> on_evict_;
  std::array<base::Guarded<Shard>, shard_count> shards_;
  base::Guarded<std::optional<base::Error>> trouble_;
  std::vector<const Entry*> expected_;  ///< expect()'s own
};

}  // namespace trackalert::history::rocksdb
