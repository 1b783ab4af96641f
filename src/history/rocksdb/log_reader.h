// SPDX-License-Identifier: Apache-2.0
// Walks the log for the reports that a filter takes, by the shortest way: the index of logins, the index of remotes, or
// all segments that touch the time. The newest parts come first; within a part the order is that of logins.
//
// A reader holds what the log was when it was made: later reports are not in it, and sealing takes nothing from it.
// Segments that age out meanwhile are skipped. One thread each.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "base/result.h"
#include "history/query.h"
#include "history/rocksdb/segment.h"
#include "history/rocksdb/store.h"
#include "history/rocksdb/tail.h"

namespace trackalert::history::rocksdb {

/// Whether a report is what the filter asks for.
[[nodiscard]] bool matches(const Filter& filter, const EventView& event);

/// The log at one moment.
struct LogView {
  std::shared_ptr<const Directory> directory;
  std::vector<std::shared_ptr<const Tail>> tails;  ///< the newest first
};

class LogReader {
 public:
  /// Called for each report that matches; false ends the walk.
  using Visit = std::function<bool(const Event&)>;
  /// Whether a part whose newest report is of `newest` is worth reading; the parts come newest first.
  using Wanted = std::function<bool(Time newest)>;

  LogReader(const Store& store, const Hasher& hasher, LogView view);

  base::Result<void> each(const Filter& filter, const Visit& visit, const Wanted& wanted = {}) const;

  /// About how many reports lie in the time of the filter: what a walk without an index would read.
  [[nodiscard]] std::uint64_t rows_in_time(const Filter& filter) const;

 private:
  struct Walk;
  using PageList = std::vector<std::pair<const SegmentHeader*, std::vector<Page>>>;
  /// Which rows of a tail page to look at: those with this hash.
  struct RowHash {
    std::vector<std::uint32_t> TailPage::* of_page = nullptr;  ///< nullptr: at all
    std::uint32_t value = 0;
  };
  base::Result<void> walk_tails(Walk& walk) const;
  /// The rows of a tail page stand by themselves, so that no other need be read.
  base::Result<void> read_rows(Walk& walk, const TailPage& page, const RowHash& hash) const;
  base::Result<void> walk_segments(Walk& walk) const;
  base::Result<void> walk_pages(Walk& walk, const PageList& list) const;
  base::Result<void> read_page(Walk& walk, SegmentId segment, std::string_view bytes) const;
  base::Result<PageList> pages_of_login(const Filter& filter, std::string_view login) const;
  base::Result<PageList> pages_of_remote(const Filter& filter, const base::Prefix& remote) const;
  [[nodiscard]] std::vector<Era> eras(const Filter& filter) const;

  const Store& store_;
  const Hasher& hasher_;
  const LogView view_;
};

}  // namespace trackalert::history::rocksdb
