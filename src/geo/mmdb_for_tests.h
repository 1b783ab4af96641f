// SPDX-License-Identifier: Apache-2.0
// Tests and benchmarks only: MaxMind DB files, sound or broken (mmdb_writer.h writes them), and temporary files.
#pragma once

#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/prefix.h"
#include "geo/mmdb_writer.h"

namespace trackalert::geo::mmdb {

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
  Bytes more_metadata;            ///< keys and values
  unsigned more_members = 0;      ///< how many pairs those are
  std::uint32_t node_count = 0;   ///< 0: the true one
  std::uint64_t data_offset = 0;  ///< added to where the records of the tree point
};

/// A whole file: networks that do not overlap, each with its record. Throws where the writer finds fault with them.
inline Bytes file(const std::vector<std::pair<std::string, Bytes>>& records, const Options& options = {}) {
  Writer writer({.type = options.type, .ip_version = options.ip_version});
  for (const auto& [network, record] : records) {
    const auto added = writer.add(base::parse_prefix(network).value(), record);
    if (!added) throw std::runtime_error(added.error().message);
  }
  const std::size_t node_count = options.node_count != 0 ? options.node_count : writer.node_count();
  return writer.tree(options.data_offset) + Bytes(16, '\0') + writer.data() + Bytes(metadata_marker) +
         writer.metadata(node_count, options.more_metadata, options.more_members);
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
