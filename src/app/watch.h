// SPDX-License-Identifier: Apache-2.0
// The detections at work in the daemon: what the intake has written is judged, and the alerts that come of it are
// logged. Channels will attach here (alert_book.h says what is worth telling).
//
// Threads: use() by any, it takes effect with the next reports; judge() by the intake's.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <span>

#include "alert/alert_book.h"
#include "base/clock.h"
#include "base/guarded.h"
#include "base/line_limiter.h"
#include "base/log.h"
#include "detect/engine.h"
#include "metrics/registry.h"
#include "policy/settings.h"

namespace trackalert::app {

/// One part of so many of setHistoryMemoryMB is for the detections' tables, if there are detections.
inline constexpr std::size_t detections_memory_share = 8;

/// The file that the setting names, or ours.
[[nodiscard]] base::Result<detect::AsnKinds> asn_kinds_of(const policy::DetectionSetting& detections);

class Watch {
 public:
  struct Surroundings {
    const history::History& history;
    std::size_t memory_bytes;  ///< of the tables, taken when the first rule comes
    const base::Clock& clock;
    base::Log& log;
    metrics::Registry& registry;
  };
  explicit Watch(const Surroundings& surroundings);

  /// Other rules; what is remembered stays. An error, and nothing changes: the file of kinds of networks.
  base::Result<void> use(const policy::DetectionSetting& detections);
  /// What the history has just taken in, in that order.
  void judge(std::span<const history::Arrival> arrivals);

 private:
  struct Rules {
    std::vector<detect::Rule> rules;
    detect::AsnKinds kinds;
  };
  void take_rules();
  void tell(const alert::Alert& alert);

  const Surroundings surroundings_;
  metrics::Counter& found_;
  metrics::Counter& alerts_;
  metrics::Counter& evictions_;
  std::uint64_t evictions_counted_ = 0;
  base::Guarded<std::optional<Rules>> next_;
  std::atomic<bool> has_next_{false};
  std::unique_ptr<detect::Engine> engine_;
  alert::AlertBook book_;
  detect::Findings findings_;
  base::LineLimiter lines_;
  history::Time newest_ = 0;
};

}  // namespace trackalert::app
