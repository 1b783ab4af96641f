// SPDX-License-Identifier: Apache-2.0
// Counters, gauges and histograms, and their Prometheus text. A family is registered once with its help; a series is
// made on first use and lives as long as the registry, so the reference may be kept and used from any thread without a
// lock. Any thread may call any method.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "metrics/shard.h"

namespace trackalert::metrics {

/// Name and value; the text sorts them by name. Values may hold anything, names are valid Prometheus label names.
using Labels = std::vector<std::pair<std::string, std::string>>;

/// Only ever grows. Threads add to shards of their own, so that a busy counter is no shared cache line.
class Counter {
 public:
  void add(std::uint64_t n = 1) { shards_[this_shard()].n.fetch_add(n, std::memory_order_relaxed); }
  [[nodiscard]] std::uint64_t value() const;

 private:
  struct alignas(64) Shard {
    std::atomic<std::uint64_t> n{0};
  };
  std::array<Shard, shard_count> shards_;
};

/// Durations, in buckets of at most 1 ms, 10 ms, 100 ms, 1 s, and more.
class Histogram {
 public:
  static constexpr std::array<double, 4> bounds_seconds{0.001, 0.01, 0.1, 1};
  /// Less than 0, or no number, counts as 0; more than 10^6 s as 10^6 s.
  void observe(double seconds);

  struct Snapshot {
    std::array<std::uint64_t, bounds_seconds.size() + 1> buckets{};  ///< each its own, not cumulative
    double sum_seconds = 0;
  };
  [[nodiscard]] Snapshot snapshot() const;

 private:
  struct alignas(64) Shard {
    std::array<std::atomic<std::uint64_t>, bounds_seconds.size() + 1> buckets{};
    std::atomic<std::uint64_t> sum_ns{0};
  };
  std::array<Shard, shard_count> shards_;
};

/// Names are given without the prefix "trackalert_", which the text carries. To use a name for two kinds of family, or
/// the same labels for a counter() and a counter_from(), is a bug, and throws std::logic_error.
///
/// A `read` function is called at each scrape, by the scraping thread, under a lock of its own: it must be safe to call
/// from any thread, must not throw, may take locks and may register series. Replacing or removing it waits for a call
/// that is under way, so that what it refers to may die afterwards; do neither while holding a lock that it takes.
class Registry {
 public:
  Registry();
  ~Registry();
  Registry(const Registry&) = delete;
  Registry& operator=(const Registry&) = delete;

  /// A series of a counter family. Families appear in the text in the order of their first registration, counters
  /// before gauges before histograms; series in the order of theirs.
  Counter& counter(std::string_view name, std::string_view help, const Labels& labels = {});
  Histogram& histogram(std::string_view name, std::string_view help);
  /// The same name and labels again replace the function.
  void gauge(std::string_view name, std::string_view help, std::function<double()> read, const Labels& labels = {});
  /// Drops a gauge whose function is about to die. One that is not there is fine.
  void remove_gauge(std::string_view name, const Labels& labels = {});
  /// A counter that somebody else keeps, asked at each scrape like a gauge. Again: replaces the function.
  void counter_from(std::string_view name, std::string_view help, std::function<double()> read,
                    const Labels& labels = {});
  /// Fixes the place of a counter family whose series come later. Without a series it prints nothing.
  void declare_counters(std::string_view name, std::string_view help);

  /// Text exposition format 0.0.4, by prometheus-cpp's serializer.
  [[nodiscard]] std::string text() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace trackalert::metrics
