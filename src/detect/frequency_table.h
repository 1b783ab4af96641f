// SPDX-License-Identifier: Apache-2.0
// How often each of many values came, in fixed memory: a count-min sketch with conservative update (Cormode and
// Muthukrishnan 2005; Estan and Varghese 2002). An answer is never too small, and hardly too large for what is
// frequent. When the counts are full all are halved, so that what was long ago weighs less. Deterministic. Not thread
// safe.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <vector>

namespace trackalert::detect {

class FrequencyTable {
 public:
  /// About so many bytes, at least 4 KiB.
  explicit FrequencyTable(std::size_t bytes)
      : width_(std::bit_floor(std::max<std::size_t>(bytes / rows / sizeof(std::uint32_t), 256))),
        cells_(rows * width_) {}

  /// `key` is a good hash of 64 bits.
  void add(std::uint64_t key) {
    const auto wanted = count(key) + 1;
    for (std::size_t row = 0; row < rows; ++row) {
      auto& cell = cells_[place(key, row)];
      cell = std::max(cell, wanted);
    }
    if (wanted >= full) halve();
  }
  [[nodiscard]] std::uint32_t count(std::uint64_t key) const {
    std::uint32_t least = UINT32_MAX;
    for (std::size_t row = 0; row < rows; ++row) least = std::min(least, cells_[place(key, row)]);
    return least;
  }
  [[nodiscard]] std::size_t bytes() const { return cells_.size() * sizeof cells_[0]; }

 private:
  static constexpr std::size_t rows = 4;
  static constexpr std::uint32_t full = 1U << 30;

  [[nodiscard]] std::size_t place(std::uint64_t key, std::size_t row) const {
    // Two halves make as many hashes as are wanted (Kirsch and Mitzenmacher 2006).
    const auto first = static_cast<std::uint32_t>(key);
    const auto second = static_cast<std::uint32_t>(key >> 32) | 1;
    return row * width_ + ((first + static_cast<std::uint32_t>(row) * second) & (width_ - 1));
  }
  void halve() {
    for (auto& cell : cells_) cell /= 2;
  }

  std::size_t width_;
  std::vector<std::uint32_t> cells_;
};

}  // namespace trackalert::detect
