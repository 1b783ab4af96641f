// SPDX-License-Identifier: Apache-2.0
// Counters, gauges and histograms, and their Prometheus text. A family is registered once with its help; a series is
// made on first use and lives as long as the registry, so the reference may be kept and used from any thread without a
// lock.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace trackalert::metrics {

using Labels = std::vector<std::pair<std::string, std::string>>;

/// Only ever grows. Threads add to shards of their own, so that a busy counter is no shared cache line.
class Counter {
 public:
  void add(std::uint64_t n = 1);
  [[nodiscard]] std::uint64_t value() const;

 private:
  static constexpr std::size_t shards = 8;
  struct alignas(64) Shard {
    std::atomic<std::uint64_t> n{0};
  };
  std::array<Shard, shards> shards_;
};

/// Durations, in buckets of at most 1 ms, 10 ms, 100 ms, 1 s, and more.
class Histogram {
 public:
  static constexpr std::array<double, 4> bounds_seconds{0.001, 0.01, 0.1, 1};
  void observe(double seconds);

  struct Snapshot {
    std::array<std::uint64_t, bounds_seconds.size() + 1> buckets{};  ///< each its own, not cumulative
    double sum_seconds = 0;
  };
  [[nodiscard]] Snapshot snapshot() const;

 private:
  static constexpr std::size_t shards = 8;
  struct alignas(64) Shard {
    std::array<std::atomic<std::uint64_t>, bounds_seconds.size() + 1> buckets{};
    std::atomic<std::uint64_t> sum_ns{0};
  };
  std::array<Shard, shards> shards_;
};

/// Names are given without the prefix "trackalert_", which the text carries.
class Registry {
 public:
  Registry();
  ~Registry();
  Registry(const Registry&) = delete;
  Registry& operator=(const Registry&) = delete;

  /// A series of a counter family. Families appear in the text in the order of their first registration, counters
  /// before gauges before histograms.
  Counter& counter(std::string_view name, std::string_view help, const Labels& labels = {});
  Histogram& histogram(std::string_view name, std::string_view help);
  /// A gauge is asked for its value at each scrape; `read` must be safe to call from any thread. The same name and
  /// labels again replace the function.
  void gauge(std::string_view name, std::string_view help, std::function<double()> read, const Labels& labels = {});
  /// Drops a gauge whose function is about to die.
  void remove_gauge(std::string_view name, const Labels& labels = {});
  /// A counter that somebody else keeps, asked at each scrape like a gauge.
  void counter_from(std::string_view name, std::string_view help, std::function<double()> read,
                    const Labels& labels = {});

  /// Text exposition format 0.0.4, by prometheus-cpp's serializer.
  [[nodiscard]] std::string text() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace trackalert::metrics
