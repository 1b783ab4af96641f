// SPDX-License-Identifier: Apache-2.0
#include "geo/mmdb_writer.h"

#include <bit>

namespace trackalert::geo::mmdb {
namespace {

constexpr unsigned separator_bytes = 16;
constexpr unsigned record_bytes = 3;

/// The path through the tree to a network: IPv4 lies below ::/96 in a file of both families.
class Way {
 public:
  Way(const base::Prefix& network, unsigned ip_version)
      : network_(network), above_(network.address.is_v4() && ip_version == 6 ? 96 : 0) {}

  [[nodiscard]] unsigned length() const { return network_.length + above_; }
  [[nodiscard]] bool bit(unsigned index) const {
    if (index < above_) return false;
    const unsigned own = index - above_;
    return ((network_.address.bytes()[own / 8] >> (7 - own % 8)) & 1) != 0;
  }

 private:
  const base::Prefix& network_;
  const unsigned above_;
};

}  // namespace

Bytes big_endian(std::uint64_t value, unsigned count) {
  Bytes out;
  while (count-- > 0) out += static_cast<char>(value >> 8 * count);
  return out;
}

Bytes control(unsigned type, std::size_t size) {
  const unsigned first = (type <= 7 ? type << 5 : 0) | static_cast<unsigned>(size < 29      ? size
                                                                             : size < 285   ? 29
                                                                             : size < 65821 ? 30
                                                                                            : 31);
  Bytes out(1, static_cast<char>(first));
  if (type > 7) out += static_cast<char>(type - 7);
  if (size >= 65821) return out + big_endian(size - 65821, 3);
  if (size >= 285) return out + big_endian(size - 285, 2);
  if (size >= 29) return out + big_endian(size - 29, 1);
  return out;
}

Bytes text(std::string_view value) {
  return control(2, value.size()).append(value);
}
Bytes f64(double value) {
  return control(3, 8) + big_endian(std::bit_cast<std::uint64_t>(value), 8);
}
Bytes f32(float value) {
  return control(15, 4) + big_endian(std::bit_cast<std::uint32_t>(value), 4);
}
Bytes u16(unsigned value) {
  return control(5, 2) + big_endian(value, 2);
}
Bytes u32(std::uint64_t value) {
  return control(6, 4) + big_endian(value, 4);
}
Bytes u64(std::uint64_t value) {
  return control(9, 8) + big_endian(value, 8);
}
Bytes i32(int value) {
  return control(8, 4) + big_endian(static_cast<std::uint32_t>(value), 4);
}
Bytes flag(bool value) {
  return control(14, value ? 1 : 0);
}

Bytes map(const std::vector<std::pair<std::string, Bytes>>& members) {
  Bytes out = control(7, members.size());
  for (const auto& [key, value] : members) out += text(key) + value;
  return out;
}

Bytes array(const std::vector<Bytes>& elements) {
  Bytes out = control(11, elements.size());
  for (const auto& element : elements) out += element;
  return out;
}

Writer::Writer(Options options) : options_(std::move(options)), nodes_(1) {}

base::Result<void> Writer::add(const base::Prefix& network, const Bytes& record) {
  const Way way(network, options_.ip_version);
  if (network.length == 0) return base::fail("{} is no network of a database", network.to_string());
  if (network.address.is_v6() && options_.ip_version == 4) return base::fail("{} is not IPv4", network.to_string());
  const auto known = offsets_.find(record);
  const std::size_t more = known == offsets_.end() ? record.size() : 0;
  if (nodes_.size() + way.length() + data_.size() + more > max_size) {
    return base::fail("the database would be too large at {}", network.to_string());
  }
  std::size_t node = 0;
  for (unsigned index = 0; index + 1 < way.length(); ++index) {
    if (side(node, way.bit(index)).kind == Side::Kind::data) {
      return base::fail("{} overlaps another network", network.to_string());
    }
    if (side(node, way.bit(index)).kind == Side::Kind::empty) {
      nodes_.emplace_back();
      side(node, way.bit(index)) = {Side::Kind::node, static_cast<std::uint32_t>(nodes_.size() - 1)};
    }
    node = side(node, way.bit(index)).at;
  }
  auto& last = side(node, way.bit(way.length() - 1));
  if (last.kind != Side::Kind::empty) return base::fail("{} overlaps another network", network.to_string());
  if (more != 0) {
    offsets_.emplace(record, static_cast<std::uint32_t>(data_.size()));
    last = {Side::Kind::data, static_cast<std::uint32_t>(data_.size())};
    data_ += record;
  } else {
    last = {Side::Kind::data, known == offsets_.end() ? 0 : known->second};
  }
  return {};
}

Bytes Writer::tree(std::uint64_t shift) const {
  Bytes out;
  out.reserve(nodes_.size() * 2 * record_bytes);
  for (const auto& [left, right] : nodes_) {
    for (const auto& one : {left, right}) {
      const std::uint64_t value = one.kind == Side::Kind::node    ? one.at
                                  : one.kind == Side::Kind::empty ? nodes_.size()
                                                                  : nodes_.size() + separator_bytes + one.at + shift;
      out += big_endian(value, record_bytes);
    }
  }
  return out;
}

Bytes Writer::metadata(std::size_t node_count, const Bytes& more, unsigned more_members) const {
  auto out = map({{"binary_format_major_version", u16(2)},
                  {"binary_format_minor_version", u16(0)},
                  {"build_epoch", u64(options_.build_epoch_s)},
                  {"database_type", text(options_.type)},
                  {"description", map({{"en", text(options_.description)}})},
                  {"ip_version", u16(options_.ip_version)},
                  {"languages", array({text("en")})},
                  {"node_count", u32(node_count)},
                  {"record_size", u16(8 * record_bytes)}});
  out.replace(0, 1, control(7, 9 + more_members));
  return out + more;
}

Bytes Writer::file() const {
  return tree() + Bytes(separator_bytes, '\0') + data_ + Bytes(metadata_marker) + metadata(nodes_.size());
}

}  // namespace trackalert::geo::mmdb
