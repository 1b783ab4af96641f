// SPDX-License-Identifier: Apache-2.0
// What the daemon and a replay of it have in common where reports are judged.
#pragma once

#include <cstddef>

#include "alert/monitor.h"
#include "base/result.h"
#include "detect/asn_kinds.h"
#include "policy/settings.h"

namespace trackalert::app {

/// How setHistoryMemoryMB is divided: an eighth is for the detections' tables, if there are detections, and a sixteenth
/// for the alerts that are open.
struct MemoryShares {
  std::size_t history = 0;
  std::size_t detections = 0;
  std::size_t alerts = 0;
};
[[nodiscard]] MemoryShares divide_memory(std::size_t bytes, bool with_detections);
/// `hash_seed` as in detect::Engine::Options.
[[nodiscard]] alert::Monitor::Options monitor_options(const MemoryShares& shares, std::uint64_t hash_seed);

/// The file that the setting names, or ours; none without a rule.
[[nodiscard]] base::Result<detect::AsnKinds> asn_kinds_of(const policy::DetectionSetting& detections);

}  // namespace trackalert::app
