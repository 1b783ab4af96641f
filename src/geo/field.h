// SPDX-License-Identifier: Apache-2.0
// Reads values of the data section of a MaxMind DB, format 2.0
// (https://maxmind.github.io/MaxMind-DB/, "Output Data Section"). A value is a control byte, which holds its type and
// the first part of its size, and its payload; maps and arrays hold values, and any value may be a pointer to another.
//
// We read them ourselves, and leave to libmaxminddb only the search for an address: the library walks nested values by
// recursion without a limit, so that a damaged file can exhaust the stack. Here every offset is checked, depth and
// number of values are bounded, and what cannot be read is absent.
//
// A Field borrows the bytes that it was made of. Reading is safe from any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace trackalert::geo {

/// Values that nest deeper, or maps and arrays that hold more in all, count as unreadable.
inline constexpr unsigned max_depth = 64;
inline constexpr std::uint32_t max_values = 1U << 16;

/// One value, or none: record["city"]["names"]["en"].text()
class Field {
 public:
  using Bytes = std::span<const std::uint8_t>;
  enum class Type : std::uint8_t {
    extended = 0,
    pointer = 1,
    utf8 = 2,
    float64 = 3,
    bytes = 4,
    uint16 = 5,
    uint32 = 6,
    map = 7,
    int32 = 8,
    uint64 = 9,
    uint128 = 10,
    array = 11,
    boolean = 14,
    float32 = 15,
  };

  /// Absent.
  Field() = default;
  /// The value at `offset` of the data section `data`.
  static Field at(Bytes data, std::uint64_t offset);

  [[nodiscard]] explicit operator bool() const { return present_; }
  [[nodiscard]] bool is_map() const { return present_ && value_.type == Type::map; }

  /// The member of a map; absent if there is none, or this is no map.
  [[nodiscard]] Field operator[](std::string_view key) const;
  /// The element of an array, counted from its end if negative.
  [[nodiscard]] Field element(std::int64_t index) const;
  /// Whichever of the two fits this value; an array takes `key` as a decimal index.
  [[nodiscard]] Field step(std::string_view key) const;
  /// Calls visit(std::string_view key, Field value) for each member of a map, up to the first that cannot be read.
  template <class Visit>
  void each_member(Visit&& visit) const;

  /// The value if it is of that type, otherwise empty, so that no data can be mistaken for another.
  [[nodiscard]] std::string_view text() const;
  [[nodiscard]] std::optional<std::uint64_t> unsigned_integer() const;  ///< 16, 32 or 64 bits
  [[nodiscard]] std::optional<double> floating() const;                 ///< double or float
  [[nodiscard]] std::optional<bool> boolean() const;

  /// Whether this is that value: at the same place of the same data.
  [[nodiscard]] bool is_same(const Field& other) const {
    return present_ == other.present_ && data_.data() == other.data_.data() && value_ == other.value_;
  }
  /// Where it lies in the data section. (Of sound data each value has its own.)
  [[nodiscard]] std::uint64_t position() const { return value_.payload; }

  /// Whether all that the value at `offset` holds or points to can be read, and comes to no more than `values` values.
  static bool is_sound(Bytes data, std::uint64_t offset, std::uint32_t values);

 private:
  struct Value {
    Type type = Type::extended;
    std::uint32_t size = 0;     ///< bytes; of a map or array the entries, of a boolean itself, of a pointer its target
    std::uint64_t payload = 0;  ///< offset of the bytes, or of the first entry
    std::uint64_t next = 0;     ///< offset behind it; of a map or array the same as payload

    bool operator==(const Value&) const = default;
  };

  Field(Bytes data, const Value& value) : data_(data), value_(value), present_(true) {}
  static std::optional<Value> decode(Bytes data, std::uint64_t offset);
  static std::optional<Value> decode_pointer(Bytes data, std::uint64_t offset);
  /// The offset behind the value at `offset` with all that it holds, 0 if that cannot be told. Takes the number of
  /// values from `budget`; with `follow`, also of those that pointers lead to.
  static std::uint64_t walk(Bytes data, std::uint64_t offset, std::uint32_t& budget, bool follow, unsigned depth = 0);
  struct Key {
    std::string_view text;
    std::uint64_t value_offset = 0;
  };
  static std::optional<Key> read_key(Bytes data, std::uint64_t offset);
  [[nodiscard]] std::uint64_t big_endian() const;

  Bytes data_;
  Value value_;
  bool present_ = false;
};

template <class Visit>
void Field::each_member(Visit&& visit) const {
  if (!is_map()) return;
  std::uint32_t budget = max_values;
  std::uint64_t offset = value_.payload;
  for (std::uint32_t i = 0; i < value_.size; ++i) {
    const auto key = read_key(data_, offset);
    if (!key) return;
    offset = walk(data_, key->value_offset, budget, false);
    if (offset == 0) return;
    visit(key->text, at(data_, key->value_offset));
  }
}

}  // namespace trackalert::geo
