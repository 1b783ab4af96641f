// SPDX-License-Identifier: Apache-2.0
// A file's contents as they were at one moment, in anonymous memory (memfd_create(2)).
//
// Why a copy: libmaxminddb maps the file that it is given, and if anybody shortens a mapped file in place (cp, rsync
// --inplace, a full disk during an update), the next lookup dies of SIGBUS. A daemon must not. The price is memory of
// the size of the file, which the kernel cannot drop like page cache.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/descriptor.h"
#include "base/result.h"

namespace trackalert::geo {

/// What tells one state of a file from another.
struct FileStamp {
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  std::uint64_t size = 0;
  std::int64_t modified_ns = 0;
  std::int64_t changed_ns = 0;

  bool operator==(const FileStamp&) const = default;
};

/// The state of the file now; none if it cannot be told.
[[nodiscard]] std::optional<FileStamp> stamp_of(const std::string& file);

class Snapshot {
 public:
  /// Larger files are refused.
  static constexpr std::uint64_t max_bytes = std::uint64_t{2} << 30;

  /// Copies a regular file. One that changes meanwhile is an error. The reason does not name the file.
  static base::Result<Snapshot> take(const std::string& file);

  /// Under this path the copy can be opened as long as the Snapshot lives. What was opened or mapped stays.
  [[nodiscard]] std::string path() const;
  /// The last `bytes` of it, or all.
  [[nodiscard]] base::Result<std::string> tail(std::size_t bytes) const;
  [[nodiscard]] const FileStamp& stamp() const { return stamp_; }

 private:
  Snapshot(base::Descriptor memory, const FileStamp& stamp) : memory_(std::move(memory)), stamp_(stamp) {}

  base::Descriptor memory_;
  FileStamp stamp_;
};

}  // namespace trackalert::geo
