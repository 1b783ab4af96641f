// SPDX-License-Identifier: Apache-2.0
#include "geo/field.h"

#include <array>
#include <bit>
#include <charconv>

namespace trackalert::geo {
namespace {

constexpr std::uint64_t read_big_endian(std::span<const std::uint8_t> bytes) {
  std::uint64_t out = 0;
  for (const auto byte : bytes) out = out << 8 | byte;
  return out;
}

constexpr std::uint32_t low_bits(std::uint8_t byte, unsigned bits) {
  return byte & ((1U << bits) - 1);
}

}  // namespace

std::optional<Field::Value> Field::decode_pointer(Bytes data, std::uint64_t offset) {
  // 001SSVVV: S + 1 bytes follow, V are the highest bits of the target (not with 4 bytes); targets of each length start
  // where those of the shorter one end.
  constexpr std::array<std::uint32_t, 4> base{0, 1U << 11, (1U << 11) + (1U << 19), 0};
  const auto control = data[offset];
  const std::uint32_t extra = control >> 3 & 3;
  const std::uint64_t end = offset + 2 + extra;
  if (end > data.size()) return std::nullopt;
  const std::uint64_t high = extra == 3 ? 0 : std::uint64_t{low_bits(control, 3)} << 8 * (extra + 1);
  const std::uint64_t target = base[extra] + (high | read_big_endian(data.subspan(offset + 1, extra + 1)));
  return Value{Type::pointer, static_cast<std::uint32_t>(target), offset + 1, end};
}

std::optional<Field::Value> Field::decode(Bytes data, std::uint64_t offset) {
  if (offset >= data.size()) return std::nullopt;
  const auto control = data[offset];
  unsigned type = control >> 5;
  if (type == static_cast<unsigned>(Type::pointer)) return decode_pointer(data, offset);
  ++offset;
  if (type == static_cast<unsigned>(Type::extended)) {
    if (offset >= data.size()) return std::nullopt;
    type = 7U + data[offset++];
    if (type < 8 || type > 15 || type == 12 || type == 13) return std::nullopt;
  }
  std::uint32_t size = low_bits(control, 5);
  if (size >= 29) {
    // One, two or three bytes of size follow; each length starts where the shorter one ends.
    constexpr std::array<std::uint32_t, 3> base{29, 29 + (1U << 8), 29 + (1U << 8) + (1U << 16)};
    const std::uint32_t extra = size - 28;
    if (offset + extra > data.size()) return std::nullopt;
    size = base[extra - 1] + static_cast<std::uint32_t>(read_big_endian(data.subspan(offset, extra)));
    offset += extra;
  }
  Value value{static_cast<Type>(type), size, offset, offset};
  const bool has_bytes = value.type != Type::map && value.type != Type::array && value.type != Type::boolean;
  if (has_bytes) value.next += size;
  if (value.next > data.size()) return std::nullopt;
  return value;
}

Field Field::at(Bytes data, std::uint64_t offset) {
  auto value = decode(data, offset);
  if (value && value->type == Type::pointer) {
    value = decode(data, value->size);
    // The format knows no pointer to a pointer.
    if (value && value->type == Type::pointer) return {};
  }
  return value ? Field(data, *value) : Field();
}

std::uint64_t Field::walk(Bytes data, std::uint64_t offset, std::uint32_t& budget, bool follow, unsigned depth) {
  const auto value = decode(data, offset);
  if (!value || budget == 0 || depth == max_depth) return 0;
  --budget;
  if (value->type == Type::pointer) {
    if (follow && (!at(data, offset) || walk(data, value->size, budget, true, depth + 1) == 0)) return 0;
    return value->next;
  }
  std::uint64_t entries = 0;
  if (value->type == Type::array) entries = value->size;
  if (value->type == Type::map) entries = std::uint64_t{value->size} * 2;
  offset = value->next;
  for (; entries > 0 && offset != 0; --entries) offset = walk(data, offset, budget, follow, depth + 1);
  return offset;
}

bool Field::is_sound(Bytes data, std::uint64_t offset, std::uint32_t values) {
  return walk(data, offset, values, true) != 0;
}

std::optional<Field::Key> Field::read_key(Bytes data, std::uint64_t offset) {
  const auto written = decode(data, offset);
  const auto key = written && written->type == Type::pointer ? decode(data, written->size) : written;
  if (!key || key->type != Type::utf8) return std::nullopt;
  return Key{Field(data, *key).text(), written->next};
}

Field Field::operator[](std::string_view key) const {
  if (!is_map()) return {};
  std::uint32_t budget = max_values;
  std::uint64_t offset = value_.payload;
  for (std::uint32_t i = 0; i < value_.size; ++i) {
    const auto here = read_key(data_, offset);
    if (!here) return {};
    if (here->text == key) return at(data_, here->value_offset);
    offset = walk(data_, here->value_offset, budget, false);
    if (offset == 0) return {};
  }
  return {};
}

Field Field::element(std::int64_t index) const {
  if (!present_ || value_.type != Type::array) return {};
  if (index < 0) index += value_.size;
  if (index < 0 || index >= std::int64_t{value_.size}) return {};
  std::uint32_t budget = max_values;
  std::uint64_t offset = value_.payload;
  for (; index > 0; --index) {
    offset = walk(data_, offset, budget, false);
    if (offset == 0) return {};
  }
  return at(data_, offset);
}

Field Field::step(std::string_view key) const {
  if (is_map()) return (*this)[key];
  std::int64_t index = 0;
  const auto [end, error] = std::from_chars(key.data(), key.data() + key.size(), index);
  if (error != std::errc{} || end != key.data() + key.size()) return {};
  return element(index);
}

std::string_view Field::text() const {
  if (!present_ || value_.type != Type::utf8) return {};
  const auto bytes = data_.subspan(value_.payload, value_.size);
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::uint64_t Field::big_endian() const {
  return read_big_endian(data_.subspan(value_.payload, value_.size));
}

std::optional<std::uint64_t> Field::unsigned_integer() const {
  if (!present_) return std::nullopt;
  const unsigned longest = value_.type == Type::uint16   ? 2
                           : value_.type == Type::uint32 ? 4
                           : value_.type == Type::uint64 ? 8
                                                         : 0;
  if (longest == 0 || value_.size > longest) return std::nullopt;
  return big_endian();
}

std::optional<double> Field::floating() const {
  if (!present_) return std::nullopt;
  if (value_.type == Type::float64 && value_.size == 8) return std::bit_cast<double>(big_endian());
  if (value_.type == Type::float32 && value_.size == 4) {
    return double{std::bit_cast<float>(static_cast<std::uint32_t>(big_endian()))};
  }
  return std::nullopt;
}

std::optional<bool> Field::boolean() const {
  if (!present_ || value_.type != Type::boolean || value_.size > 1) return std::nullopt;
  return value_.size == 1;
}

}  // namespace trackalert::geo
