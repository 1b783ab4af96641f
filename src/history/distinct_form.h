// SPDX-License-Identifier: Apache-2.0
// A set of 32-bit hashes as bytes: what a DistinctSet holds, and what lies inside the records of trends.
//
//   the empty set      nothing
//   1 to 128 hashes    a byte with their number, then the hashes, ascending, 4 bytes each, little-endian
//   more               a byte 255, then 512 registers of a HyperLogLog, a byte each
//
// The bytes depend only on the hashes, not on the order in which they came or were united. Full exact sets and sketches
// are of one size, so that the one becomes the other in place. Functions over bytes that somebody else owns.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace trackalert::history::distinct_form {

inline constexpr std::size_t max_exact = 128;
inline constexpr std::size_t registers = 512;
inline constexpr std::size_t max_bytes = 1 + registers;
inline constexpr unsigned char sketch_tag = 255;

/// Whether a form that begins with this byte is a sketch.
[[nodiscard]] inline bool is_sketch(char first) {
  return static_cast<unsigned char>(first) == sketch_tag;
}

/// How many bytes a form has that begins with this one.
[[nodiscard]] inline std::size_t size(char first) {
  return is_sketch(first) ? max_bytes : 1 + std::size_t{4} * static_cast<unsigned char>(first);
}

/// The size of the form, not empty, that `bytes` begin with; nothing if they begin with none.
[[nodiscard]] std::optional<std::size_t> check(std::string_view bytes);

/// Adds a hash to the form in bytes[at, at + size); size 0 is the empty set. Returns the form's new size.
std::size_t insert(std::string& bytes, std::size_t at, std::size_t size, std::uint32_t hash);
/// Adds the hashes of another form, which does not lie in `bytes`.
std::size_t merge(std::string& bytes, std::size_t at, std::size_t size, std::string_view other);

/// The number itself, or the estimate, rounded; never less than max_exact + 1 for a sketch.
[[nodiscard]] std::uint64_t count(std::string_view form);

}  // namespace trackalert::history::distinct_form
