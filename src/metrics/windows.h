// SPDX-License-Identifier: Apache-2.0
// Counts over the last five minutes: 20 windows of 15 seconds, aligned to the start of the process; a window is emptied
// once its start is 300 s old, so that a sum covers the last 285 to 300 seconds. Exact, and safe from any thread.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/guarded.h"

namespace trackalert::metrics {

/// One count over the last five minutes.
class WindowedCount {
 public:
  void add(base::SteadyTime start, base::SteadyTime now, std::uint64_t n = 1);
  [[nodiscard]] std::uint64_t sum(base::SteadyTime start, base::SteadyTime now) const;

 private:
  static constexpr std::size_t windows = 20;
  struct Window {
    std::int64_t number = -1;  ///< which 15 s since the start
    std::uint64_t count = 0;
  };
  std::array<Window, windows> windows_{};
};

/// Counts by name.
class NamedWindows {
 public:
  explicit NamedWindows(const base::Clock& clock);
  /// From now on `name` is listed, with 0 at first.
  void declare(std::string_view name);
  /// Counts a declared name; any other is ignored (the original took them and never showed them), false is returned.
  bool add(std::string_view name);
  /// Sorted by name, bytewise.
  [[nodiscard]] std::vector<std::pair<std::string, std::uint64_t>> sums() const;

 private:
  const base::Clock& clock_;
  const base::SteadyTime start_;
  base::Guarded<std::map<std::string, WindowedCount, std::less<>>> counts_;
};

/// How long reports waited for a worker (WTW) and ran (WTR), by order of magnitude, over the last five minutes.
class PerfStats {
 public:
  explicit PerfStats(const base::Clock& clock);
  void waited(base::SteadyTime::duration time);
  void ran(base::SteadyTime::duration time);
  /// WTW_0_1, WTW_1_10, WTW_10_100, WTW_100_1000, WTW_Slow, then the same of WTR; by whole milliseconds, cut off.
  [[nodiscard]] std::vector<std::pair<std::string, std::uint64_t>> sums() const;

 private:
  static constexpr std::size_t buckets = 5;
  using Buckets = std::array<WindowedCount, buckets>;
  const base::Clock& clock_;
  const base::SteadyTime start_;
  base::Guarded<Buckets> waited_;
  base::Guarded<Buckets> ran_;
};

}  // namespace trackalert::metrics
