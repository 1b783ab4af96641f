// SPDX-License-Identifier: Apache-2.0
// Random numbers that are the same from the same seed on every machine: integers alone, since the distributions of
// <random> differ between libraries and floating point between processors.
//
// splitmix64: Steele, Lea and Flood, "Fast Splittable Pseudorandom Number Generators", OOPSLA 2014; the constants of
// its output function are Stafford's variant 13. Any seed will do, also those of mix().
//
// Roll them in statements that follow each other: of two arguments of one call the compiler decides which is first.
#pragma once

#include <cstdint>

namespace trackalert::traffic {

class Dice {
 public:
  Dice() = default;
  explicit constexpr Dice(std::uint64_t seed) : state_(seed) {}

  constexpr std::uint64_t roll() {
    state_ += 0x9e3779b97f4a7c15;
    std::uint64_t z = state_;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }
  /// 0 to `count` - 1, 0 for none. Uneven by less than count / 2^64.
  constexpr std::uint64_t below(std::uint64_t count) { return count == 0 ? 0 : roll() % count; }
  /// first to last
  constexpr std::int64_t between(std::int64_t first, std::int64_t last) {
    return first + static_cast<std::int64_t>(below(static_cast<std::uint64_t>(last - first) + 1));
  }
  constexpr bool percent(unsigned chance) { return below(100) < chance; }
  /// So often in a million.
  constexpr bool per_million(unsigned chance) { return below(1'000'000) < chance; }
  template <class Values>
  constexpr const auto& one_of(const Values& values) {
    return values[below(values.size())];
  }

 private:
  std::uint64_t state_ = 0;
};

/// A number that depends on both: the seed of something's own dice, or a choice that stays.
constexpr std::uint64_t mix(std::uint64_t seed, std::uint64_t key) {
  return Dice(Dice(seed).roll() ^ (key * 0xd1342543de82ef95)).roll();
}

}  // namespace trackalert::traffic
