// SPDX-License-Identifier: Apache-2.0
// Durations in logarithmic buckets: 64 to each power of two, so a quantile is at most 1.6 % too high, from nanoseconds
// to hours in 19 kB and a few instructions a sample. Not thread safe.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace trackalert::bench {

class Histogram {
 public:
  /// Below zero counts as zero, beyond 4 hours as 4 hours.
  void add(std::chrono::nanoseconds sample);
  void add(const Histogram& other);

  [[nodiscard]] std::uint64_t count() const { return count_; }
  [[nodiscard]] std::chrono::nanoseconds max() const { return std::chrono::nanoseconds(max_ns_); }
  /// The upper edge of the bucket with the sample of rank ceil(share * count), never above max(); 0 without samples.
  [[nodiscard]] std::chrono::nanoseconds quantile(double share) const;

 private:
  static constexpr unsigned step_bits = 6;
  static constexpr std::uint64_t steps = 1 << step_bits;
  static constexpr unsigned value_bits = 44;
  static constexpr std::uint64_t limit = (std::uint64_t{1} << value_bits) - 1;

  static std::size_t bucket_of(std::uint64_t ns);
  static std::uint64_t upper_edge(std::size_t bucket);

  std::array<std::uint64_t, (value_bits - step_bits + 1) * steps> buckets_{};
  std::uint64_t count_ = 0;
  std::uint64_t max_ns_ = 0;
};

}  // namespace trackalert::bench
