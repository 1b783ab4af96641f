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

#include "history/distinct_form.h"

namespace trackalert::history {

class DistinctSet {
 public:
  static constexpr std::size_t max_exact = distinct_form::max_exact;
  static constexpr std::size_t registers = distinct_form::registers;

  void insert(std::uint32_t hash);
  void merge(const DistinctSet& other);
  /// The hashes of a set as bytes (distinct_form.h), which are known to be right and may be empty.
  void merge_form(std::string_view form);
  /// The number itself, or the estimate, rounded.
  [[nodiscard]] std::uint64_t count() const;
  [[nodiscard]] bool exact() const { return form_.empty() || !distinct_form::is_sketch(form_[0]); }
  [[nodiscard]] bool empty() const { return form_.empty(); }

  bool operator==(const DistinctSet&) const = default;

 private:
  std::string form_;
};

}  // namespace trackalert::history
