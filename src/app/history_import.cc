// SPDX-License-Identifier: Apache-2.0
#include "app/history_import.h"

#include <algorithm>

namespace trackalert::app {
namespace {

constexpr std::size_t reports_a_batch = 1024;
// A segment goes when the youngest report in it is too old, so it is not to reach too far.
constexpr history::Time most_in_a_segment = 8 * history::day;

bool must_seal(const history::rocksdb::LocalHistory& history) {
  const auto tail = history.view().tails.front()->size();
  return tail.rows > 0 && (history.tail_is_full() || tail.newest - tail.oldest > most_in_a_segment);
}

}  // namespace

base::Result<void> HistoryImport::begin() {
  return history_ == nullptr ? base::Result<void>{} : history_->seal_now();
}

base::Result<void> HistoryImport::take(login::Report& report) {
  bool moved = false;
  const auto time = history::time_of(report, setup_.now, moved);
  if (moved) {
    ++counts_.set_to_now;
    report.t = static_cast<double>(time) / static_cast<double>(history::second);
  }
  ++counts_.attempts;
  counts_.oldest = std::min(counts_.oldest.value_or(time), time);
  counts_.newest = std::max(counts_.newest.value_or(time), time);
  if (history_ == nullptr) return {};
  latest_ = std::max(latest_, time);
  if (!report.has_device_attrs) report.device_attrs = setup_.devices.parse(report.protocol, report.device_id);
  waiting_.push_back(std::move(report));
  if (waiting_.size() < reports_a_batch) return {};
  return flush();
}

base::Result<void> HistoryImport::flush() {
  if (waiting_.empty()) return {};
  arrivals_.clear();
  const bool knows_places = !setup_.places.empty();
  for (const auto& report : waiting_) {
    auto& arrival = arrivals_.emplace_back(&report);
    if (knows_places && history::has_remote(report)) arrival.place = locator_.locate(setup_.places, report.remote);
  }
  if (auto appended = history_->append(arrivals_); !appended) return appended;
  waiting_.clear();
  if (must_seal(*history_)) return seal(latest_);
  return history_->write_back_is_due() ? history_->write_back() : base::Result<void>{};
}

/// As a live history does by itself, only that time goes faster.
base::Result<void> HistoryImport::seal(history::Time as_of) {
  if (auto sealed = history_->seal_now(); !sealed) return sealed;
  const auto now = setup_.clock.now();
  setup_.clock.set_wall(base::WallTime{std::chrono::microseconds{as_of}});
  auto closed = history_->close_old_days();
  setup_.clock.set_wall(now);
  return closed;
}

base::Result<void> HistoryImport::finish() {
  if (history_ == nullptr) return {};
  if (auto flushed = flush(); !flushed) return flushed;
  if (auto sealed = seal(setup_.now); !sealed) return sealed;
  if (auto written = history_->write_back(); !written) return written;
  return history_->sync();
}

}  // namespace trackalert::app
