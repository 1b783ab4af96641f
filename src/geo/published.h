// SPDX-License-Identifier: Apache-2.0
// A value that is read at every report and replaced a few times a day. Each reader gets the value of the moment and may
// keep it; a writer waits for nobody. There is a pointer to it for each shard of CPUs, with a reference count and a
// lock of its own, so that readers do not pull a cache line from each other.
//
// Not a std::shared_mutex: its writers starve while readers come one after another, so that a reload took minutes. Not
// a std::atomic<std::shared_ptr>: all readers would share one reference count.
#pragma once

#include <array>
#include <memory>
#include <mutex>
#include <utility>

#include "metrics/shard.h"

namespace trackalert::geo {

template <class T>
class Published {
 public:
  Published() { set(T{}); }
  Published(const Published&) = delete;
  Published& operator=(const Published&) = delete;

  /// Any thread. Whoever drops the last pointer to an old value destroys it.
  [[nodiscard]] std::shared_ptr<const T> get() const {
    const auto& shard = shards_[metrics::this_shard()];
    const std::lock_guard lock(shard.mutex);
    return shard.value;
  }

  /// Copies `value` once for each shard. One thread at a time; readers in between may see the old or the new.
  void set(const T& value) {
    for (auto& shard : shards_) {
      auto mine = std::make_shared<const T>(value);
      const std::lock_guard lock(shard.mutex);
      shard.value.swap(mine);
    }
  }

 private:
  struct alignas(64) Shard {
    mutable std::mutex mutex;
    std::shared_ptr<const T> value;
  };
  std::array<Shard, metrics::shard_count> shards_;
};

}  // namespace trackalert::geo
