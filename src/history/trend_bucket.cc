// SPDX-License-Identifier: Apache-2.0
#include "history/trend_bucket.h"

#include <cstring>

#include "history/little_endian.h"
#include "history/record_bytes.h"

namespace trackalert::history::trend_bucket {
namespace {

constexpr std::size_t flags_offset = 2;
constexpr std::size_t counts_offset = 3;
constexpr unsigned first_set_bit = 4;
constexpr std::array<std::uint8_t, 4> count_sizes{0, 1, 2, 4};

unsigned flags_at(std::string_view bytes, std::size_t at) {
  return static_cast<unsigned char>(bytes[at + flags_offset]);
}

/// Which: 0 successes, 1 failures.
constexpr unsigned size_code(unsigned flags, unsigned which) {
  return flags >> (2 * which) & 3;
}

constexpr unsigned code_for(std::uint32_t count) {
  return count == 0 ? 0 : count <= 0xff ? 1 : count <= 0xffff ? 2 : 3;
}

std::uint32_t load_count(const char* from, unsigned code) {
  switch (code) {
    case 0:
      return 0;
    case 1:
      return static_cast<unsigned char>(*from);
    case 2:
      return load_little<std::uint16_t>(from);
    default:
      return load_little<std::uint32_t>(from);
  }
}

void store_count(char* to, unsigned code, std::uint32_t count) {
  switch (code) {
    case 0:
      break;
    case 1:
      *to = static_cast<char>(count);
      break;
    case 2:
      store_little(to, static_cast<std::uint16_t>(count));
      break;
    default:
      store_little(to, count);
  }
}

/// Adds to a count and makes room where it outgrows its bytes.
void raise(std::string& bytes, std::size_t at, unsigned which, std::uint32_t by) {
  const auto flags = flags_at(bytes, at);
  const auto code = size_code(flags, which);
  const auto place = at + counts_offset + (which == 1 ? count_sizes[size_code(flags, 0)] : 0);
  const auto count = saturating_add(load_count(bytes.data() + place, code), by);
  const auto new_code = code_for(count);
  if (new_code != code) {
    const auto more = std::size_t{count_sizes[new_code]} - count_sizes[code];
    make_room(bytes, more);
    bytes.insert(place, more, '\0');
    bytes[at + flags_offset] = static_cast<char>(flags ^ (code ^ new_code) << (2 * which));
  }
  store_count(bytes.data() + place, new_code, count);
}

std::size_t sets_at(std::string_view bytes, std::size_t at) {
  const auto flags = flags_at(bytes, at);
  return at + counts_offset + count_sizes[size_code(flags, 0)] + count_sizes[size_code(flags, 1)];
}

/// Walks over the sets of a bucket: change(set, at, size) returns the set's new size.
template <class Change>
void change_sets(std::string& bytes, std::size_t at, Change&& change) {
  auto place = sets_at(bytes, at);
  for (std::size_t i = 0; i < sets; ++i) {
    const auto bit = 1U << (first_set_bit + i);
    const auto flags = flags_at(bytes, at);
    const std::size_t size = (flags & bit) != 0 ? distinct_form::size(bytes[place]) : 0;
    const std::size_t new_size = change(i, place, size);
    if (size == 0 && new_size > 0) bytes[at + flags_offset] = static_cast<char>(flags | bit);
    place += new_size;
  }
}

}  // namespace

Key key_at(const std::string& bytes, std::size_t at) {
  return load_little<std::uint16_t>(bytes.data() + at);
}

void set_key(std::string& bytes, std::size_t at, Key key) {
  store_little(bytes.data() + at, key);
}

std::size_t end_of(const std::string& bytes, std::size_t at) {
  const auto there = flags_at(bytes, at) >> first_set_bit;
  auto place = sets_at(bytes, at);
  for (auto set = there; set != 0; set &= set - 1) place += distinct_form::size(bytes[place]);
  return place;
}

View view(std::string_view bytes, std::size_t at) {
  View out;
  const char* const start = bytes.data() + at;
  out.key = load_little<std::uint16_t>(start);
  const auto flags = flags_at(bytes, at);
  const char* place = start + counts_offset;
  out.successes = load_count(place, size_code(flags, 0));
  place += count_sizes[size_code(flags, 0)];
  out.failures = load_count(place, size_code(flags, 1));
  place += count_sizes[size_code(flags, 1)];
  for (std::size_t i = 0; i < sets; ++i) {
    if ((flags & 1U << (first_set_bit + i)) == 0) continue;
    out.forms[i] = {place, distinct_form::size(*place)};
    place += out.forms[i].size();
  }
  out.bytes = {start, static_cast<std::size_t>(place - start)};
  return out;
}

std::optional<View> check(std::string_view bytes, std::size_t at) {
  if (bytes.size() < at + counts_offset) return std::nullopt;
  const auto flags = flags_at(bytes, at);
  auto place = sets_at(bytes, at);
  if (flags >> (first_set_bit + sets) != 0 || place > bytes.size()) return std::nullopt;
  for (std::size_t i = 0; i < sets; ++i) {
    if ((flags & 1U << (first_set_bit + i)) == 0) continue;
    const auto size = distinct_form::check(bytes.substr(place));
    if (!size) return std::nullopt;
    place += *size;
  }
  const auto out = view(bytes, at);
  const bool fewest = code_for(out.successes) == size_code(flags, 0) && code_for(out.failures) == size_code(flags, 1);
  if (!fewest || (out.successes == 0 && out.failures == 0)) return std::nullopt;
  return out;
}

void insert(std::string& bytes, std::size_t at, Key key, const Addition& addition) {
  std::array<char, counts_offset + 1 + sets * 5> bucket;
  store_little(bucket.data(), key);
  unsigned flags = addition.success ? 1U : 1U << 2;
  std::size_t size = counts_offset;
  bucket[size++] = 1;
  for (std::size_t i = 0; i < sets; ++i) {
    const auto& hash = addition.hashes[i];
    if (!hash) continue;
    flags |= 1U << (first_set_bit + i);
    bucket[size] = 1;
    store_little(bucket.data() + size + 1, *hash);
    size += 5;
  }
  bucket[flags_offset] = static_cast<char>(flags);
  make_room(bytes, size);
  bytes.insert(at, bucket.data(), size);
}

void add(std::string& bytes, std::size_t at, const Addition& addition) {
  raise(bytes, at, addition.success ? 0 : 1, 1);
  change_sets(bytes, at, [&](std::size_t set, std::size_t place, std::size_t size) {
    const auto& hash = addition.hashes[set];
    return hash ? distinct_form::insert(bytes, place, size, *hash) : size;
  });
}

void merge(std::string& bytes, std::size_t at, const View& other) {
  raise(bytes, at, 0, other.successes);
  raise(bytes, at, 1, other.failures);
  change_sets(bytes, at, [&](std::size_t set, std::size_t place, std::size_t size) {
    return distinct_form::merge(bytes, place, size, other.forms[set]);
  });
}

}  // namespace trackalert::history::trend_bucket
