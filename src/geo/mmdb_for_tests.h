// SPDX-License-Identifier: Apache-2.0
// Tests and benchmarks only: writes small MaxMind DB files, sound or broken, and temporary files for them.
#pragma once

#include <unistd.h>

#include <atomic>
#include <bit>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/prefix.h"

namespace trackalert::geo::mmdb {

using Bytes = std::string;

/// The last `count` bytes of `value`, highest first.
inline Bytes big_endian(std::uint64_t value, unsigned count) {
  Bytes out;
  while (count-- > 0) out += static_cast<char>(value >> 8 * count);
  return out;
}

inline Bytes control(unsigned type, std::size_t size) {
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

inline Bytes text(std::string_view value) {
  return control(2, value.size()).append(value);
}
inline Bytes f64(double value) {
  return control(3, 8) + big_endian(std::bit_cast<std::uint64_t>(value), 8);
}
inline Bytes f32(float value) {
  return control(15, 4) + big_endian(std::bit_cast<std::uint32_t>(value), 4);
}
inline Bytes u16(unsigned value) {
  return control(5, 2) + big_endian(value, 2);
}
inline Bytes u32(std::uint64_t value) {
  return control(6, 4) + big_endian(value, 4);
}
inline Bytes u64(std::uint64_t value) {
  return control(9, 8) + big_endian(value, 8);
}
inline Bytes i32(int value) {
  return control(8, 4) + big_endian(static_cast<std::uint32_t>(value), 4);
}
inline Bytes flag(bool value) {
  return control(14, value ? 1 : 0);
}

inline Bytes map(const std::vector<std::pair<std::string, Bytes>>& members) {
  Bytes out = control(7, members.size());
  for (const auto& [key, value] : members) out += text(key) + value;
  return out;
}

inline Bytes array(const std::vector<Bytes>& elements) {
  Bytes out = control(11, elements.size());
  for (const auto& element : elements) out += element;
  return out;
}

/// The shortest form.
inline Bytes pointer(std::uint32_t target) {
  const auto form = [](unsigned size, std::uint64_t value) {
    const auto high = size == 3 ? 0 : value >> 8 * (size + 1);
    return Bytes(1, static_cast<char>(0x20 | size << 3 | high)) + big_endian(value, size + 1);
  };
  if (target < 2048) return form(0, target);
  if (target < 526336) return form(1, target - 2048);
  if (target < 526336 + (1U << 27)) return form(2, target - 526336);
  return form(3, target);
}

/// An array in an array in an array, `depth` of them, around an empty text.
inline Bytes nested_arrays(std::size_t depth) {
  Bytes out;
  for (std::size_t i = 0; i < depth; ++i) out += control(11, 1);
  return out + text("");
}

struct Options {
  std::string type = "Test";
  unsigned ip_version = 6;
  Bytes more_metadata = {};       ///< keys and values
  unsigned more_members = 0;      ///< how many pairs those are
  std::uint32_t node_count = 0;   ///< 0: the true one
  std::uint64_t data_offset = 0;  ///< added to where the records of the tree point
};

/// A whole file: networks that do not overlap, each with its record. IPv4 stands at ::/96, as usual.
inline Bytes file(const std::vector<std::pair<std::string, Bytes>>& records, const Options& options = {}) {
  struct Side {
    std::size_t node = 0;
    std::uint64_t data = 0;
    enum class Kind : std::uint8_t { empty, node, data } kind = Kind::empty;
  };
  std::vector<std::pair<Side, Side>> nodes(1);
  Bytes data;
  for (const auto& [network, record] : records) {
    const auto prefix = base::parse_prefix(network).value();
    const bool mapped = prefix.address.is_v4() && options.ip_version == 6;
    const unsigned length = prefix.length + (mapped ? 96 : 0);
    std::size_t at = 0;
    for (unsigned bit = 0; bit < length; ++bit) {
      const unsigned own = mapped ? bit - 96 : bit;
      const bool one = mapped && bit < 96 ? false : prefix.address.bytes()[own / 8] >> (7 - own % 8) & 1;
      if (bit + 1 < length) {
        if ((one ? nodes[at].second : nodes[at].first).kind != Side::Kind::node) {
          nodes.emplace_back();
          (one ? nodes[at].second : nodes[at].first) = {nodes.size() - 1, 0, Side::Kind::node};
        }
        at = (one ? nodes[at].second : nodes[at].first).node;
      } else {
        (one ? nodes[at].second : nodes[at].first) = {0, data.size(), Side::Kind::data};
      }
    }
    data += record;
  }
  Bytes tree;
  for (const auto& [left, right] : nodes) {
    for (const auto& side : {left, right}) {
      const auto value = side.kind == Side::Kind::node    ? side.node
                         : side.kind == Side::Kind::empty ? nodes.size()
                                                          : nodes.size() + 16 + side.data + options.data_offset;
      tree += big_endian(value, 3);
    }
  }
  auto metadata = map({{"binary_format_major_version", u16(2)},
                       {"binary_format_minor_version", u16(0)},
                       {"build_epoch", u64(1'700'000'000)},
                       {"database_type", text(options.type)},
                       {"description", map({{"en", text("t")}})},
                       {"ip_version", u16(options.ip_version)},
                       {"languages", array({text("en")})},
                       {"node_count", u32(options.node_count != 0 ? options.node_count : nodes.size())},
                       {"record_size", u16(24)}});
  metadata.replace(0, 1, control(7, 9 + options.more_members));
  return tree + Bytes(16, '\0') + data + "\xab\xcd\xefMaxMind.com" + metadata + options.more_metadata;
}

/// A directory that ends with the test.
class Directory {
 public:
  Directory() {
    static std::atomic<unsigned> count{0};
    path_ = std::filesystem::temp_directory_path() /
            ("trackalert_geo_" + std::to_string(getpid()) + "_" + std::to_string(count++));
    std::filesystem::create_directories(path_);
  }
  Directory(const Directory&) = delete;
  Directory& operator=(const Directory&) = delete;
  ~Directory() { std::filesystem::remove_all(path_); }

  [[nodiscard]] std::string path(const std::string& name) const { return path_ / name; }
  /// Puts a new file in place by rename. Returns its path.
  std::string write(const std::string& name, std::string_view content) const {
    write_in_place(name + ".new", content);
    std::filesystem::rename(path(name + ".new"), path(name));
    return path(name);
  }
  /// Writes over the file of that name.
  void write_in_place(const std::string& name, std::string_view content) const {
    std::ofstream(path(name), std::ios::binary | std::ios::trunc) << content;
  }

 private:
  std::filesystem::path path_;
};

inline std::string read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) throw std::runtime_error("cannot read " + path);
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace trackalert::geo::mmdb
