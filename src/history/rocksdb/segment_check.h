// SPDX-License-Identifier: Apache-2.0
// Reads one segment, page by page, and looks whether everything that is said about it is so: by its header, and by the
// indexes of logins and remotes.
//
// Threads: any.
#pragma once

#include <functional>
#include <string>

#include "history/rocksdb/segment.h"
#include "history/rocksdb/store.h"

namespace trackalert::history::rocksdb {

struct SegmentFindings {
  std::vector<std::string> reports;  ///< what is wrong with the reports themselves: some are lost
  std::vector<std::string> indexes;  ///< what is wrong with the ways to them
};
[[nodiscard]] SegmentFindings check_segment(const Store& store, const Hasher& hasher, const SegmentHeader& header);

/// Each report of a segment, page by page; an error where one cannot be read.
base::Result<void> each_in_segment(const Store& store, const SegmentHeader& header,
                                   const std::function<void(const Event& event, Page page)>& visit);

/// Writes the entries of a segment in the indexes of logins and remotes anew, from its pages.
base::Result<void> write_indexes(Store& store, const Hasher& hasher, const SegmentHeader& header);

}  // namespace trackalert::history::rocksdb
