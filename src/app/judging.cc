// SPDX-License-Identifier: Apache-2.0
#include "app/judging.h"

#include "policy/detection_files.h"

namespace trackalert::app {
namespace {

constexpr std::size_t detections_share = 8;
constexpr std::size_t alerts_share = 16;

}  // namespace

MemoryShares divide_memory(std::size_t bytes, bool with_detections) {
  const auto detections = bytes / detections_share;
  const auto alerts = bytes / alerts_share;
  const auto history = bytes - alerts - (with_detections ? detections : 0);
  return {.history = history, .detections = detections, .alerts = alerts};
}

alert::Monitor::Options monitor_options(const MemoryShares& shares, std::uint64_t hash_seed) {
  return {.engine = {.memory_bytes = shares.detections, .hash_seed = hash_seed}, .book = {.max_bytes = shares.alerts}};
}

base::Result<detect::AsnKinds> asn_kinds_of(const policy::DetectionSetting& detections) {
  if (detections.rules.empty()) return detect::AsnKinds();
  if (!detections.asn_kinds_file.empty()) return detect::AsnKinds::load(detections.asn_kinds_file);
  const auto folder = policy::detections_folder();
  if (!folder) return std::unexpected(folder.error());
  return detect::AsnKinds::load(*folder + "/" + policy::asn_kinds_name);
}

}  // namespace trackalert::app
