// SPDX-License-Identifier: Apache-2.0
// The sketch: the first 9 bits of a hash choose a register, which keeps the greatest rank, the place of the first 1 in
// the 23 bits that follow (24 if there is none). Flajolet, Fusy, Gandouet, Meunier: HyperLogLog, 2007, with its
// corrections: linear counting while registers are still 0, and the inverse of collisions among 2^32 hashes.
#include "history/distinct_form.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>

#include "history/little_endian.h"
#include "history/record_bytes.h"

namespace trackalert::history::distinct_form {
namespace {

constexpr unsigned index_bits = 9;
constexpr unsigned max_rank = 32 - index_bits + 1;
static_assert(registers == std::size_t{1} << index_bits);
static_assert(max_exact * sizeof(std::uint32_t) == registers, "an exact set becomes a sketch in place");

std::uint32_t hash_at(const char* hashes, std::size_t index) {
  return load_little<std::uint32_t>(hashes + 4 * index);
}

/// The index of the first hash that is not less. There is no branch to predict: hashes are random.
std::size_t lower_bound(const char* hashes, std::size_t n, std::uint32_t hash) {
  std::size_t first = 0;
  while (n > 1) {
    const auto half = n / 2;
    const std::size_t less = hash_at(hashes, first + half - 1) < hash ? 1 : 0;
    first += half & (0 - less);
    n -= half;
  }
  return first + (n == 1 && hash_at(hashes, first) < hash ? 1 : 0);
}

void note(char* sketch, std::uint32_t hash) {
  // The bit behind the 23 ends the count of zeros.
  const unsigned rank = std::countl_zero(hash << index_bits | std::uint32_t{1} << (index_bits - 1)) + 1U;
  char& kept = sketch[hash >> (32 - index_bits)];
  if (static_cast<unsigned char>(kept) < rank) kept = static_cast<char>(rank);
}

/// The two do not overlap: then this is a few vector instructions.
void unite(char* __restrict sketch, const char* __restrict other) {
  for (std::size_t i = 0; i < registers; ++i) {
    const auto ours = static_cast<unsigned char>(sketch[i]);
    const auto theirs = static_cast<unsigned char>(other[i]);
    sketch[i] = static_cast<char>(ours < theirs ? theirs : ours);
  }
}

/// Writes the sketch of some hashes as a form.
void write_sketch(char* form, const std::uint32_t* hashes, std::size_t n) {
  *form = static_cast<char>(sketch_tag);
  std::memset(form + 1, 0, registers);
  for (std::size_t i = 0; i < n; ++i) note(form + 1, hashes[i]);
}

/// Of an exact form.
std::size_t read_hashes(std::string_view form, std::uint32_t* out) {
  const std::size_t n = static_cast<unsigned char>(form[0]);
  for (std::size_t i = 0; i < n; ++i) out[i] = hash_at(form.data() + 1, i);
  return n;
}

void exact_to_sketch(char* form) {
  std::array<std::uint32_t, max_exact> hashes;
  const auto n = read_hashes({form, max_bytes}, hashes.data());
  write_sketch(form, hashes.data(), n);
}

/// The union of two exact forms.
std::size_t merge_exact(std::string& bytes, std::size_t at, std::size_t size, std::string_view other) {
  std::array<std::uint32_t, max_exact> left;
  std::array<std::uint32_t, max_exact> right;
  std::array<std::uint32_t, 2 * max_exact> both;
  const auto left_size = read_hashes({bytes.data() + at, size}, left.data());
  const auto right_size = read_hashes(other, right.data());
  const auto* const end =
      std::set_union(left.data(), left.data() + left_size, right.data(), right.data() + right_size, both.data());
  const auto n = static_cast<std::size_t>(end - both.data());
  std::array<char, max_bytes> form;
  if (n > max_exact) {
    write_sketch(form.data(), both.data(), n);
  } else {
    form[0] = static_cast<char>(n);
    for (std::size_t i = 0; i < n; ++i) store_little(form.data() + 1 + 4 * i, both[i]);
  }
  const auto new_size = distinct_form::size(form[0]);
  bytes.replace(at, size, form.data(), new_size);
  return new_size;
}

std::uint64_t estimate(const char* sketch) {
  constexpr double m = registers;
  constexpr double alpha = 0.7213 / (1 + 1.079 / m);
  constexpr double hashes = 4294967296.0;
  std::array<unsigned, max_rank + 1> ranks{};
  for (std::size_t i = 0; i < registers; ++i) ++ranks[static_cast<unsigned char>(sketch[i])];
  // The sum of 2^-rank, exact.
  std::uint64_t parts = 0;
  for (std::size_t rank = 0; rank < ranks.size(); ++rank) parts += std::uint64_t{ranks[rank]} << (max_rank - rank);
  const double sum = static_cast<double>(parts) / (1 << max_rank);
  double result = alpha * m * m / sum;
  if (result <= 2.5 * m && ranks[0] > 0) {
    result = m * std::log(m / ranks[0]);
  } else if (result > hashes / 30) {
    // Nearly all ranks at their end would ask for the logarithm of nothing.
    result = -hashes * std::log(1 - std::min(result, hashes - 1) / hashes);
  }
  return static_cast<std::uint64_t>(std::llround(result));
}

}  // namespace

std::optional<std::size_t> check(std::string_view bytes) {
  if (bytes.empty() || bytes[0] == 0) return std::nullopt;
  const auto tag = static_cast<unsigned char>(bytes[0]);
  if (tag > max_exact && tag != sketch_tag) return std::nullopt;
  const auto size = distinct_form::size(bytes[0]);
  if (bytes.size() < size) return std::nullopt;
  if (tag == sketch_tag) {
    unsigned char greatest = 0;
    for (std::size_t i = 1; i < max_bytes; ++i) greatest = std::max(greatest, static_cast<unsigned char>(bytes[i]));
    if (greatest == 0 || greatest > max_rank) return std::nullopt;
    return size;
  }
  for (std::size_t i = 1; i < tag; ++i) {
    if (hash_at(bytes.data() + 1, i - 1) >= hash_at(bytes.data() + 1, i)) return std::nullopt;
  }
  return size;
}

std::size_t insert(std::string& bytes, std::size_t at, std::size_t size, std::uint32_t hash) {
  if (size == 0) {
    std::array<char, 5> first{1};
    store_little(first.data() + 1, hash);
    make_room(bytes, first.size());
    bytes.insert(at, first.data(), first.size());
    return first.size();
  }
  char* const form = bytes.data() + at;
  if (is_sketch(*form)) {
    note(form + 1, hash);
    return size;
  }
  const std::size_t n = static_cast<unsigned char>(*form);
  const auto index = lower_bound(form + 1, n, hash);
  if (index < n && hash_at(form + 1, index) == hash) return size;
  if (n == max_exact) {
    exact_to_sketch(form);
    note(form + 1, hash);
    return size;
  }
  *form = static_cast<char>(n + 1);
  std::array<char, 4> hash_bytes;
  store_little(hash_bytes.data(), hash);
  make_room(bytes, hash_bytes.size());
  bytes.insert(at + 1 + 4 * index, hash_bytes.data(), hash_bytes.size());
  return size + 4;
}

std::size_t merge(std::string& bytes, std::size_t at, std::size_t size, std::string_view other) {
  if (other.empty()) return size;
  if (size == 0) {
    make_room(bytes, other.size());
    bytes.insert(at, other);
    return other.size();
  }
  char* const form = bytes.data() + at;
  if (is_sketch(other[0])) {
    if (is_sketch(*form)) {
      unite(form + 1, other.data() + 1);
      return size;
    }
    std::array<std::uint32_t, max_exact> hashes;
    const auto n = read_hashes({form, size}, hashes.data());
    bytes.replace(at, size, other);
    for (std::size_t i = 0; i < n; ++i) note(bytes.data() + at + 1, hashes[i]);
    return other.size();
  }
  // One by one is quicker for a few, and right for a sketch.
  constexpr std::size_t few = 4;
  const std::size_t n = static_cast<unsigned char>(other[0]);
  if (!is_sketch(*form) && n > few) return merge_exact(bytes, at, size, other);
  for (std::size_t i = 0; i < n; ++i) size = insert(bytes, at, size, hash_at(other.data() + 1, i));
  return size;
}

std::uint64_t count(std::string_view form) {
  if (form.empty()) return 0;
  if (!is_sketch(form[0])) return static_cast<unsigned char>(form[0]);
  return std::max<std::uint64_t>(max_exact + 1, estimate(form.data() + 1));
}

}  // namespace trackalert::history::distinct_form
