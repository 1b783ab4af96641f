// SPDX-License-Identifier: Apache-2.0
// Remembers the attributes of the device ids seen most recently, because a few thousand strings make up nearly all
// logins. Bounded in entries and in bytes; what was used longest ago goes first. Any thread may call any method: the
// cache is split into shards, each behind its own lock.
//
// The keys are what strangers send, so they are hashed with a secret of this cache: nobody can prepare collisions.
#pragma once

#include <array>
#include <boost/unordered/unordered_flat_map.hpp>
#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/guarded.h"
#include "login/report.h"

namespace trackalert::device {

struct CacheLimits {
  std::size_t entries = std::size_t{1} << 16;
  std::size_t bytes = std::size_t{64} << 20;  ///< of keys and values with an estimate of the allocations' cost
};

/// Counted since the start, except for the last two. Read one after the other: exact only when nothing else runs.
struct CacheStats {
  std::uint64_t hits = 0;
  std::uint64_t misses = 0;
  std::uint64_t evictions = 0;
  std::size_t entries = 0;  ///< now
  std::size_t bytes = 0;    ///< now
};

class AttributeCache {
 public:
  explicit AttributeCache(const CacheLimits& limits);
  ~AttributeCache();
  AttributeCache(const AttributeCache&) = delete;
  AttributeCache& operator=(const AttributeCache&) = delete;

  /// `space` keeps equal device ids of different protocol classes apart.
  [[nodiscard]] std::optional<login::Attributes> find(std::uint8_t space, std::string_view device_id);
  /// Does nothing when the key is there already, or is too large for a shard.
  void insert(std::uint8_t space, std::string_view device_id, const login::Attributes& attributes);

  [[nodiscard]] CacheStats stats() const;

 private:
  static constexpr std::size_t shard_count = 16;

  struct Key {
    std::uint64_t hash;
    std::uint8_t space;
    std::string_view device_id;
    bool operator==(const Key&) const = default;
  };
  struct TakeHash {
    using is_avalanching = void;
    std::size_t operator()(const Key& key) const { return key.hash; }
  };
  struct Entry {
    Key key;  ///< its device_id is a view of the member below
    std::string device_id;
    login::Attributes attributes;
    std::size_t bytes;
  };
  struct Shard {
    std::list<Entry> entries;  ///< the most recently used first
    boost::unordered_flat_map<Key, std::list<Entry>::iterator, TakeHash> index;
    std::size_t bytes = 0;
    std::uint64_t hits = 0;
    std::uint64_t misses = 0;
    std::uint64_t evictions = 0;
  };

  [[nodiscard]] Key key(std::uint8_t space, std::string_view device_id) const;
  /// The lowest bits choose the place in the index, the highest the shard.
  [[nodiscard]] base::Guarded<Shard>& shard(const Key& key) { return shards_[key.hash >> 60]; }
  void evict_last(Shard& shard);

  const CacheLimits limits_;  ///< of one shard
  std::array<unsigned char, 16> secret_;
  std::array<base::Guarded<Shard>, shard_count> shards_;
};

}  // namespace trackalert::device
