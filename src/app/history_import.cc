// SPDX-License-Identifier: Apache-2.0
#include "app/history_import.h"

#include <algorithm>

namespace trackalert::app {
namespace {

constexpr std::size_t reports_a_batch = 1024;
constexpr std::uint64_t batches_per_upkeep = 32;

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
  setup_.clock.set_wall(base::WallTime{std::chrono::microseconds{latest_}});
  arrivals_.clear();
  const bool knows_places = !setup_.places.empty();
  for (const auto& report : waiting_) {
    auto& arrival = arrivals_.emplace_back(&report);
    if (knows_places && history::has_remote(report)) arrival.place = setup_.places.locate(report.remote);
  }
  if (auto appended = history_->append(arrivals_); !appended) return appended;
  waiting_.clear();
  if (++batches_ % batches_per_upkeep == 0) history_->upkeep_round();
  return {};
}

base::Result<void> HistoryImport::finish() {
  if (history_ == nullptr) return {};
  if (auto flushed = flush(); !flushed) return flushed;
  setup_.clock.set_wall(base::WallTime{std::chrono::microseconds{setup_.now}});
  history_->upkeep_round();
  if (const auto status = history_->status(); !status.accepting) return base::fail("{}", status.trouble);
  if (auto sealed = history_->seal_now(); !sealed) return sealed;
  return history_->sync();
}

}  // namespace trackalert::app
