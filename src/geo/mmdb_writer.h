// SPDX-License-Identifier: Apache-2.0
// Writes MaxMind DB files, format 2.0 (https://maxmind.github.io/MaxMind-DB/): values as bytes, and a writer that puts
// them at networks. For databases that fit in memory: 24 bits a record of the tree, so nodes and data together stay
// below 16 million. Same calls, same bytes. Not thread safe; pure but for the writer's own state.
//
//   mmdb::Writer writer({.type = "Test-City"});
//   if (auto added = writer.add(prefix, mmdb::map({{"asn", mmdb::u32(64500)}})); !added) ...
//   const auto bytes = writer.file();
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/prefix.h"
#include "base/result.h"

namespace trackalert::geo::mmdb {

using Bytes = std::string;

/// The last `count` bytes of `value`, highest first.
[[nodiscard]] Bytes big_endian(std::uint64_t value, unsigned count);
/// What stands before a payload. `size` must be below 2^24 + 65821.
[[nodiscard]] Bytes control(unsigned type, std::size_t size);

[[nodiscard]] Bytes text(std::string_view value);
[[nodiscard]] Bytes f64(double value);
[[nodiscard]] Bytes f32(float value);
[[nodiscard]] Bytes u16(unsigned value);
[[nodiscard]] Bytes u32(std::uint64_t value);
[[nodiscard]] Bytes u64(std::uint64_t value);
[[nodiscard]] Bytes i32(int value);
[[nodiscard]] Bytes flag(bool value);
[[nodiscard]] Bytes map(const std::vector<std::pair<std::string, Bytes>>& members);
[[nodiscard]] Bytes array(const std::vector<Bytes>& elements);

class Writer {
 public:
  struct Options {
    std::string type = "Test";      ///< such as "GeoLite2-City"
    std::string description = "t";  ///< in English
    unsigned ip_version = 6;        ///< 6: both families, IPv4 at ::/96; 4: IPv4 alone
    std::uint64_t build_epoch_s = 1'700'000'000;
  };
  /// Nodes and bytes of data together: what 24 bits can name, less the 16 bytes between tree and data.
  static constexpr std::size_t max_size = (1U << 24) - 17;

  explicit Writer(Options options);

  /// Puts a record at a network. Equal records are stored once. Fails, and changes nothing that can be looked up, where
  /// the network overlaps one that has a record, where the file would exceed max_size, or where the length is 0.
  [[nodiscard]] base::Result<void> add(const base::Prefix& network, const Bytes& record);

  /// The whole file.
  [[nodiscard]] Bytes file() const;

  // Its parts in their order; between tree and data stand 16 bytes of zero, before the metadata metadata_marker.
  /// `shift` is added to where records point: 0 in a sound file.
  [[nodiscard]] Bytes tree(std::uint64_t shift = 0) const;
  [[nodiscard]] const Bytes& data() const { return data_; }
  /// A map. `more` is of further keys and values, `more_members` of those pairs.
  [[nodiscard]] Bytes metadata(std::size_t node_count, const Bytes& more = {}, unsigned more_members = 0) const;
  [[nodiscard]] std::size_t node_count() const { return nodes_.size(); }

 private:
  struct Side {
    enum class Kind : std::uint8_t { empty, node, data } kind = Kind::empty;
    std::uint32_t at = 0;  ///< a node's index, or an offset in data_
  };
  using Node = std::pair<Side, Side>;

  [[nodiscard]] Side& side(std::size_t node, bool one) { return one ? nodes_[node].second : nodes_[node].first; }

  const Options options_;
  std::vector<Node> nodes_;
  Bytes data_;
  std::map<Bytes, std::uint32_t> offsets_;  ///< where records lie in data_
};

inline constexpr std::string_view metadata_marker = "\xab\xcd\xefMaxMind.com";

}  // namespace trackalert::geo::mmdb
