// SPDX-License-Identifier: Apache-2.0
// Segments: sealed parts of the log. Some hundred thousand reports in the order of their logins, so that those of one
// login lie together and compress well, in pages of a few kilobytes; with an index of logins and one of remotes, which
// name pages. Written once as sorted files that the database takes over whole, in one step.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "history/event.h"
#include "history/rocksdb/keys.h"
#include "history/rocksdb/store.h"
#include "history/rocksdb/tail.h"

namespace trackalert::history::rocksdb {

struct SegmentHeader {
  SegmentId id = 0;
  Sequence first = 0;  ///< the sequences it covers; erased ones stay covered
  Sequence last = 0;
  std::uint64_t rows = 0;
  Page pages = 0;  ///< 1 to this
  Time oldest = 0;
  Time newest = 0;
  [[nodiscard]] Era era() const { return era_of(newest); }
};

[[nodiscard]] std::string encode_header(const SegmentHeader& header);
base::Result<SegmentHeader> decode_header(SegmentId id, std::string_view value);

/// All segments, the oldest first. Never changes; another takes its place.
struct Directory {
  std::vector<SegmentHeader> segments;

  /// nullptr if there is none.
  [[nodiscard]] const SegmentHeader* find(SegmentId id) const;
  [[nodiscard]] std::uint64_t rows() const;
  [[nodiscard]] Sequence last() const { return segments.empty() ? 0 : segments.back().last; }
};

/// Reads the headers of all segments.
base::Result<std::shared_ptr<const Directory>> read_directory(const Store& store);

/// Rows a page holds at most, and about how many bytes.
inline constexpr std::size_t max_page_rows = 128;
inline constexpr std::size_t full_page_bytes = 12 * 1024;

/// Writes the reports of `pages` as segment `id` and makes it part of the database.
base::Result<SegmentHeader> seal(Store& store, const Hasher& hasher, SegmentId id, const TailPages& pages);

}  // namespace trackalert::history::rocksdb
