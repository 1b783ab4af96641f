// SPDX-License-Identifier: Apache-2.0
#include "bench/histogram.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace trackalert::bench {

// Values below 64 have a bucket each. Above, the highest bit chooses a row and the six bits below it the step.
std::size_t Histogram::bucket_of(std::uint64_t ns) {
  if (ns < steps) return ns;
  const std::size_t row = std::bit_width(ns) - step_bits;
  return row * steps + ((ns >> (row - 1)) - steps);
}

std::uint64_t Histogram::upper_edge(std::size_t bucket) {
  const auto row = bucket / steps;
  if (row == 0) return bucket;
  return ((bucket % steps + steps + 1) << (row - 1)) - 1;
}

void Histogram::add(std::chrono::nanoseconds sample) {
  const auto ns = std::min(sample.count() < 0 ? 0 : static_cast<std::uint64_t>(sample.count()), limit);
  ++buckets_[bucket_of(ns)];
  ++count_;
  max_ns_ = std::max(max_ns_, ns);
}

void Histogram::add(const Histogram& other) {
  for (std::size_t i = 0; i < buckets_.size(); ++i) buckets_[i] += other.buckets_[i];
  count_ += other.count_;
  max_ns_ = std::max(max_ns_, other.max_ns_);
}

std::chrono::nanoseconds Histogram::quantile(double share) const {
  const auto rank = static_cast<std::uint64_t>(std::ceil(std::clamp(share, 0.0, 1.0) * static_cast<double>(count_)));
  std::uint64_t seen = 0;
  for (std::size_t i = 0; i < buckets_.size(); ++i) {
    seen += buckets_[i];
    if (seen >= std::max<std::uint64_t>(rank, 1)) return std::chrono::nanoseconds(std::min(upper_edge(i), max_ns_));
  }
  return {};
}

}  // namespace trackalert::bench
