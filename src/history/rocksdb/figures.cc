// SPDX-License-Identifier: Apache-2.0
#include "history/rocksdb/figures.h"

namespace trackalert::history::rocksdb {
namespace {

using Member = Figures::Number Figures::*;
struct Row {
  const char* name;
  const char* help;
  Member member;
};

constexpr Row gauges[] = {
    {"history_reports", "Reports in the event log", &Figures::reports},
    {"history_disk_bytes", "Bytes of the history on the disk", &Figures::disk_bytes},
    {"history_merge_bytes", "Bytes of the history's files that are being merged, or wait for it",
     &Figures::merge_bytes},
    {"history_memory_bytes", "Bytes that the history holds in memory", &Figures::memory_bytes},
    {"history_tail_reports", "Reports in the log that are in no segment yet", &Figures::tail_reports},
    {"history_derived_lag_reports", "Reports whose profiles and trends a restart would count again",
     &Figures::behind_reports},
    {"history_segments", "Sealed parts of the event log", &Figures::segments},
    {"history_accepting", "Whether the history takes reports", &Figures::accepting},
};
constexpr Row counters[] = {
    {"history_profile_cache_hits_total", "Profiles found in memory", &Figures::profile_hits},
    {"history_profile_cache_misses_total", "Profiles read from the disk, or new", &Figures::profile_misses},
    {"history_profile_cache_evictions_total", "Profiles that left memory for others", &Figures::profile_evictions},
    {"history_trend_cache_hits_total", "Trends found in memory", &Figures::trend_hits},
    {"history_trend_cache_misses_total", "Trends read from the disk, or new", &Figures::trend_misses},
    {"history_trend_cache_evictions_total", "Trends that left memory for others", &Figures::trend_evictions},
    {"history_block_cache_hits_total", "Blocks of files found in memory", &Figures::block_hits},
    {"history_block_cache_misses_total", "Blocks read from files", &Figures::block_misses},
    {"history_profile_values_evicted_total", "Values that full profiles forgot", &Figures::values_evicted},
    {"history_future_times_total", "Reports whose time lay in the future and was set to now", &Figures::future_times},
    {"history_write_failures_total", "Writes that the disk refused", &Figures::write_failures},
    {"history_refused_behind_total", "Batches refused since sealing had fallen behind", &Figures::refused_behind},
    {"history_query_limit_hits_total", "Queries that ended at a limit", &Figures::limit_hits},
    {"history_dropped_for_space_total", "Reports dropped early to stay below setHistoryMaxDiskGB",
     &Figures::dropped_for_space},
    {"history_dropped_for_age_total", "Reports dropped at the end of their retention", &Figures::dropped_for_age},
};

}  // namespace

std::shared_ptr<Figures> Figures::make(metrics::Registry& registry) {
  auto figures = std::make_shared<Figures>();
  const auto read = [figures](Member member) {
    return [figures, member] { return static_cast<double>(((*figures).*member).load()); };
  };
  for (const auto& row : gauges) registry.gauge(row.name, row.help, read(row.member));
  registry.gauge("history_bytes_per_report", "Bytes on the disk for each report in the log", [figures] {
    const auto reports = figures->reports.load();
    return reports == 0 ? 0.0 : static_cast<double>(figures->disk_bytes.load()) / static_cast<double>(reports);
  });
  for (const auto& row : counters) registry.counter_from(row.name, row.help, read(row.member));
  figures->query_seconds = &registry.histogram("history_query_seconds", "How long do queries to the history take?");
  return figures;
}

}  // namespace trackalert::history::rocksdb
