// SPDX-License-Identifier: Apache-2.0
// How many different values: exact while they are few, then a HyperLogLog sketch of fixed size.
//
// Holds 32-bit hashes, of a keyed hash function, so that nobody can choose values that collide. Up to max_exact hashes
// are kept sorted; beyond, 512 registers (standard error 1.04 / sqrt(512) = 4.6 %; Flajolet, Fusy, Gandouet, Meunier,
// 2007, with linear counting below 2.5 * 512). Union of sets is exact or the union of sketches, in any order: it
// depends only on the hashes that were inserted. Not thread safe.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace trackalert::history {

class DistinctSet {
 public:
  static constexpr std::size_t max_exact = 128;
  static constexpr std::size_t registers = 512;

  void insert(std::uint32_t hash);
  void merge(const DistinctSet& other);
  /// The number itself, or the estimate, rounded.
  [[nodiscard]] std::uint64_t count() const;
  [[nodiscard]] bool exact() const { return registers_.empty(); }
  [[nodiscard]] bool empty() const { return hashes_.empty() && registers_.empty(); }

  bool operator==(const DistinctSet&) const = default;

 private:
  std::vector<std::uint32_t> hashes_;    ///< sorted; empty once it is a sketch
  std::vector<std::uint8_t> registers_;  ///< empty or 512
};

}  // namespace trackalert::history
