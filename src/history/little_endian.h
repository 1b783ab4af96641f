// SPDX-License-Identifier: Apache-2.0
// Unsigned integers in records: little-endian, at any alignment.
#pragma once

#include <bit>
#include <concepts>
#include <cstdint>
#include <cstring>

namespace trackalert::history {

/// Reads sizeof(T) bytes.
template <std::unsigned_integral T>
[[nodiscard]] T load_little(const char* from) {
  T value;
  std::memcpy(&value, from, sizeof value);
  if constexpr (std::endian::native == std::endian::big) value = std::byteswap(value);
  return value;
}

/// Writes sizeof(T) bytes.
template <std::unsigned_integral T>
void store_little(char* to, T value) {
  if constexpr (std::endian::native == std::endian::big) value = std::byteswap(value);
  std::memcpy(to, &value, sizeof value);
}

/// a + b, or the most that T holds.
template <std::unsigned_integral T>
[[nodiscard]] T saturating_add(T a, T b) {
  const T sum = static_cast<T>(a + b);
  return sum < a ? static_cast<T>(-1) : sum;
}

}  // namespace trackalert::history
