// SPDX-License-Identifier: Apache-2.0
// Counts over the last five minutes: 20 windows of 15 seconds, aligned to the start of the process; a window is emptied
// once its start is 300 s old, so that a sum covers the last 285 to 300 seconds. Exact, and safe from any thread.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/guarded.h"
#include "metrics/registry.h"
#include "metrics/shard.h"

namespace trackalert::metrics {

/// One count over the last five minutes. Lock-free: a window is one word, its number above its count. No count is ever
/// lost; one that straddles the turn of a window may fall into its neighbour.
class WindowedCount {
 public:
  /// `start`, the same in every call, is when window 0 begins. A `now` before it counts as it.
  void add(base::SteadyTime start, base::SteadyTime now, std::uint64_t n = 1);
  [[nodiscard]] std::uint64_t sum(base::SteadyTime start, base::SteadyTime now) const;

 private:
  static constexpr std::size_t windows = 20;
  /// The upper 24 bits: which 15 s since the start, modulo 8 years. The lower 40: the count, modulo 10^12.
  std::array<std::atomic<std::uint64_t>, windows> windows_{};
};

/// A counter family, each series by its name, that also knows its last five minutes.
class NamedCounts {
 public:
  struct Family {
    const char* name;
    const char* help;
    const char* label;  ///< whose values are the names
  };
  /// Clock and registry must outlive this.
  NamedCounts(const base::Clock& clock, Registry& registry, Family family);
  /// From now on `name` is listed, with 0 at first. Again: no effect.
  void declare(std::string_view name);
  /// Counts a declared name; any other is ignored (the original took them and never showed them).
  void add(std::string_view name, std::uint64_t n = 1);
  /// Sorted by name, bytewise.
  [[nodiscard]] std::vector<std::pair<std::string, std::uint64_t>> sums() const;

 private:
  const base::Clock& clock_;
  const base::SteadyTime start_;
  Registry& registry_;
  const Family family_;
  struct Count {
    explicit Count(Counter& counter) : total(counter) {}
    WindowedCount recent;
    Counter& total;
  };
  base::Guarded<std::map<std::string, Count, std::less<>>> counts_;
};

/// How long reports waited for a worker (WTW) and ran (WTR), by order of magnitude, over the last five minutes. Called
/// for every report by every worker: lock-free, and sharded like a Counter.
class PerfStats {
 public:
  /// The clock must outlive this.
  explicit PerfStats(const base::Clock& clock);
  void waited(base::SteadyTime::duration time, base::SteadyTime now);
  void ran(base::SteadyTime::duration time, base::SteadyTime now);
  /// WTW_0_1, WTW_1_10, WTW_10_100, WTW_100_1000, WTW_Slow, then the same of WTR; by whole milliseconds, cut off.
  [[nodiscard]] std::vector<std::pair<std::string, std::uint64_t>> sums() const;

 private:
  static constexpr std::size_t buckets = 5;
  struct alignas(64) Shard {
    std::array<WindowedCount, buckets> by_time;
  };
  using Shards = std::array<Shard, shard_count>;

  void add(Shards& shards, base::SteadyTime::duration time, base::SteadyTime now);

  const base::Clock& clock_;
  const base::SteadyTime start_;
  Shards waited_;
  Shards ran_;
};

}  // namespace trackalert::metrics
