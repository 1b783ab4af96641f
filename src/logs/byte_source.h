// SPDX-License-Identifier: Apache-2.0
// The bytes of a file or pipe as they were before it was compressed. Plain, gzip or zstd, known by its first bytes and
// not by its name; members and frames may follow each other, as rotated logs that were put together have them.
//
// Threads: an object by one at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/descriptor.h"
#include "base/result.h"

namespace trackalert::logs {

/// An open file, read in blocks. Knows how far it was used.
class RawFile {
 public:
  RawFile(base::Descriptor file, std::string name);

  /// What was read and not used; read anew if there is nothing. Empty at the end of the file.
  base::Result<std::span<const std::byte>> peek();
  /// The same, as far as the file goes at least `bytes` of them, which is far less than a block.
  base::Result<std::span<const std::byte>> peek_at_least(std::size_t bytes);
  void use(std::size_t bytes);
  /// Straight into the reader's memory, past the block, where that is empty. 0: the end.
  base::Result<std::size_t> read(std::span<char> out);

  [[nodiscard]] std::uint64_t used() const { return used_; }
  [[nodiscard]] const std::string& name() const { return name_; }

 private:
  base::Result<std::size_t> read_file(void* out, std::size_t bytes);

  const base::Descriptor file_;
  const std::string name_;
  std::vector<std::byte> block_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  std::uint64_t used_ = 0;
};

class ByteSource {
 public:
  virtual ~ByteSource() = default;
  /// At least one byte into `out`, which is not empty; 0 at the end. An error comes once all before it was given; it
  /// names file and offset, and comes again when asked again.
  virtual base::Result<std::size_t> read(std::span<char> out) = 0;
};

/// `file` must outlive it.
base::Result<std::unique_ptr<ByteSource>> open_bytes(RawFile& file);

}  // namespace trackalert::logs
