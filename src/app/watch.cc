// SPDX-License-Identifier: Apache-2.0
#include "app/watch.h"

#include <sodium/randombytes.h>

#include <algorithm>

#include "policy/detection_files.h"

namespace trackalert::app {
namespace {

/// More alerts in a minute are an attack on the log.
constexpr unsigned most_lines = 60;
constexpr std::chrono::seconds per_minute{60};

std::uint64_t random_seed() {
  std::uint64_t seed = 0;
  randombytes_buf(&seed, sizeof seed);
  return seed;
}

}  // namespace

base::Result<detect::AsnKinds> asn_kinds_of(const policy::DetectionSetting& detections) {
  if (!detections.asn_kinds_file.empty()) return detect::AsnKinds::load(detections.asn_kinds_file);
  const auto folder = policy::detections_folder();
  if (!folder) return std::unexpected(folder.error());
  return detect::AsnKinds::load(*folder + "/" + policy::asn_kinds_name);
}

Watch::Watch(const Surroundings& surroundings)
    : surroundings_(surroundings),
      found_(surroundings.registry.counter("detections_findings_total", "Findings of detections", {})),
      alerts_(surroundings.registry.counter("detections_alerts_total", "Alerts that were opened or became worse", {})),
      evictions_(surroundings.registry.counter("detections_evictions_total", "Entries that made room for others", {})),
      lines_(surroundings.clock, most_lines, per_minute) {}

base::Result<void> Watch::use(const policy::DetectionSetting& detections) {
  Rules next{.rules = detections.rules, .kinds = {}};
  if (!detections.rules.empty()) {
    auto kinds = asn_kinds_of(detections);
    if (!kinds) return std::unexpected(kinds.error());
    next.kinds = std::move(*kinds);
  }
  *next_.lock() = std::move(next);
  has_next_ = true;
  return {};
}

void Watch::take_rules() {
  auto next = std::exchange(*next_.lock(), std::nullopt);
  if (!next) return;
  if (engine_) return engine_->use(next->rules, std::move(next->kinds));
  if (next->rules.empty()) return;
  const detect::Engine::Options options{.memory_bytes = surroundings_.memory_bytes, .hash_seed = random_seed()};
  engine_ = std::make_unique<detect::Engine>(surroundings_.history, next->rules, std::move(next->kinds), options);
}

void Watch::judge(std::span<const history::Arrival> arrivals) {
  if (has_next_.exchange(false)) take_rules();
  if (!engine_) return;
  findings_.clear();
  for (const auto& arrival : arrivals) {
    engine_->judge(arrival, findings_);
    newest_ = std::max(newest_, arrival.time);
  }
  engine_->sweep(newest_, findings_);
  const auto evictions = engine_->evictions();
  evictions_.add(evictions - std::exchange(evictions_counted_, evictions));
  if (findings_.empty()) return;
  found_.add(findings_.size());
  book_.close_quiet(newest_, [](const alert::Alert&) {});
  for (const auto& finding : findings_) {
    const auto change = book_.take(finding);
    if (!change || change->news == alert::AlertBook::News::updated || change->alert->shadow) continue;
    alerts_.add();
    tell(*change->alert);
  }
}

void Watch::tell(const alert::Alert& alert) {
  if (alert.severity < detect::Severity::medium) return;  // a note
  if (const auto left_out = lines_.take_left_out()) {
    surroundings_.log.warning("{} alerts were not logged, there were too many", left_out);
  }
  if (!lines_.admit()) return;
  surroundings_.log.warning("Alert: {} ({}, {}, id {})", base::escape_control(alert.message), alert.rule,
                            detect::severity_name(alert.severity), alert.id);
}

}  // namespace trackalert::app
