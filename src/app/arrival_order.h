// SPDX-License-Identifier: Apache-2.0
// Lines in the order of their numbers, however many: what does not fit in memory waits in a file without a name, in
// sorted runs, which are merged in the end. The history gives its reports in no order; a replay wants that of their
// arrival.
//
//   ArrivalOrder order(folder);
//   order.add(event.sequence, line) ...
//   order.finish([&](std::string_view line) { ... return true; });
//
// Memory: `memory_bytes`, and 64 KiB for each run. Disk: about what the lines have, if they have more than fits.
// Threads: one.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/descriptor.h"
#include "base/result.h"
#include "history/history.h"

namespace trackalert::app {

class ArrivalOrder {
 public:
  static constexpr std::size_t usual_memory_bytes = std::size_t{64} << 20;
  /// `folder` is where the file may be made.
  explicit ArrivalOrder(std::string folder, std::size_t memory_bytes = usual_memory_bytes)
      : folder_(std::move(folder)), memory_bytes_(memory_bytes) {}

  /// An error: the file does not take more. No line may have 4 GiB.
  base::Result<void> add(std::uint64_t number, std::string_view line);
  /// Each line, in order; ends early when `each` returns false. Once.
  base::Result<void> finish(const std::function<bool(std::string_view line)>& each);

 private:
  struct Entry {
    std::uint64_t number;
    std::size_t at;
    std::size_t bytes;
  };
  struct Run {
    std::uint64_t begin;
    std::uint64_t end;
  };
  class RunReader;
  void sort();
  [[nodiscard]] std::string_view line_of(const Entry& entry) const;
  base::Result<void> spill();
  base::Result<void> open_file();
  base::Result<void> write(std::string_view bytes);
  base::Result<void> merge(const std::function<bool(std::string_view line)>& each);

  const std::string folder_;
  const std::size_t memory_bytes_;
  std::string text_;
  std::vector<Entry> entries_;
  base::Descriptor file_;
  std::uint64_t written_ = 0;
  std::vector<Run> runs_;
};

/// The reports that the filter takes as the lines of an export, with their ends. `read` is called for each that was
/// found, `each` then for each line; either ends it by returning false.
base::Result<void> each_line_by_arrival(const history::History& history, const history::Filter& filter,
                                        const std::string& folder, const std::function<bool()>& read,
                                        const std::function<bool(std::string_view line)>& each);

}  // namespace trackalert::app
