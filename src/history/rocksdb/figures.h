// SPDX-License-Identifier: Apache-2.0
// The history's metrics. They live as long as somebody may scrape them, which is longer than the history.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>

#include "metrics/registry.h"

namespace trackalert::history::rocksdb {

/// Filled by the history; read by scrapes, from any thread.
struct Figures {
  using Number = std::atomic<std::uint64_t>;
  Number reports{0};  ///< in the log
  Number disk_bytes{0};
  Number merge_bytes{0};
  Number memory_bytes{0};
  Number tail_reports{0};    ///< not yet in a segment
  Number behind_reports{0};  ///< profiles and trends that only memory has
  Number segments{0};
  Number accepting{1};
  Number profile_hits{0};
  Number profile_misses{0};
  Number profile_evictions{0};
  Number trend_hits{0};
  Number trend_misses{0};
  Number trend_evictions{0};
  Number block_hits{0};
  Number block_misses{0};
  Number values_evicted{0};  ///< from full profiles
  Number future_times{0};    ///< reports whose time was set to now
  Number write_failures{0};
  Number refused_behind{0};     ///< appends refused since sealing fell behind
  Number limit_hits{0};         ///< queries that ended at a limit
  Number dropped_for_space{0};  ///< reports dropped early by setHistoryMaxDiskGB
  Number dropped_for_age{0};
  metrics::Histogram* query_seconds = nullptr;

  static std::shared_ptr<Figures> make(metrics::Registry& registry);
};

}  // namespace trackalert::history::rocksdb
