// SPDX-License-Identifier: Apache-2.0
#include "device/attribute_cache.h"

#include <sodium.h>

#include <algorithm>
#include <cstring>
#include <tuple>
#include <utility>

namespace trackalert::device {
namespace {

/// What an entry takes beside its text: list node, index slot, allocator headers.
constexpr std::size_t entry_overhead_bytes = 256;

std::size_t cost(std::string_view device_id, const login::Attributes& attributes) {
  std::size_t bytes = entry_overhead_bytes + device_id.size();
  for (const auto& [name, value] : attributes) bytes += sizeof(attributes[0]) + name.size() + value.size();
  return bytes;
}

}  // namespace

AttributeCache::AttributeCache(const CacheLimits& limits)
    : limits_{limits.entries / shard_count, limits.bytes / shard_count}, secret_{} {
  static_assert(crypto_shorthash_KEYBYTES == sizeof(secret_));
  std::ignore = sodium_init();  // may come second; without randomness libsodium aborts below
  crypto_shorthash_keygen(secret_.data());
}

AttributeCache::~AttributeCache() = default;

AttributeCache::Key AttributeCache::key(std::uint8_t space, std::string_view device_id) const {
  std::array<unsigned char, crypto_shorthash_BYTES> digest{};
  crypto_shorthash(digest.data(), reinterpret_cast<const unsigned char*>(device_id.data()), device_id.size(),
                   secret_.data());
  std::uint64_t hash = 0;
  static_assert(sizeof(hash) == sizeof(digest));
  std::memcpy(&hash, digest.data(), sizeof(hash));
  return {hash, space, device_id};
}

std::optional<login::Attributes> AttributeCache::find(std::uint8_t space, std::string_view device_id) {
  const Key wanted = key(space, device_id);
  auto held = shard(wanted).lock();
  const auto found = held->index.find(wanted);
  if (found == held->index.end()) {
    ++held->misses;
    return std::nullopt;
  }
  ++held->hits;
  held->entries.splice(held->entries.begin(), held->entries, found->second);
  return found->second->attributes;
}

void AttributeCache::insert(std::uint8_t space, std::string_view device_id, const login::Attributes& attributes) {
  const std::size_t bytes = cost(device_id, attributes);
  if (bytes > limits_.bytes || limits_.entries == 0) return;
  Key wanted = key(space, device_id);
  // Copied before the lock is taken; a list that takes it over does not move its text.
  std::list<Entry> fresh;
  Entry& entry = fresh.emplace_back(Entry{wanted, std::string(device_id), attributes, bytes});
  entry.key.device_id = entry.device_id;

  auto held = shard(wanted).lock();
  if (held->index.contains(wanted)) return;
  while (held->entries.size() >= limits_.entries || held->bytes + bytes > limits_.bytes) evict_last(*held);
  held->index.emplace(entry.key, fresh.begin());
  held->entries.splice(held->entries.begin(), fresh);
  held->bytes += bytes;
}

void AttributeCache::evict_last(Shard& shard) {
  const Entry& last = shard.entries.back();
  shard.bytes -= last.bytes;
  shard.index.erase(last.key);
  shard.entries.pop_back();
  ++shard.evictions;
}

CacheStats AttributeCache::stats() const {
  CacheStats sum;
  for (const auto& shard : shards_) {
    auto held = shard.lock();
    sum.hits += held->hits;
    sum.misses += held->misses;
    sum.evictions += held->evictions;
    sum.entries += held->entries.size();
    sum.bytes += held->bytes;
  }
  return sum;
}

}  // namespace trackalert::device
