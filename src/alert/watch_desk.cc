// SPDX-License-Identifier: Apache-2.0
#include "alert/watch_desk.h"

namespace trackalert::alert {
namespace {

/// More alerts in a minute are an attack on the log.
constexpr unsigned most_lines = 60;
constexpr std::chrono::seconds per_minute{60};
/// Closed alerts that a store does not take; what is beyond stays in it as it was: open.
constexpr std::size_t most_closed = 100'000;

}  // namespace

Watch::Desk::Desk(const Surroundings& surroundings, const Options& options)
    : monitor(surroundings.history, *this, options.monitor),
      log_(surroundings.log),
      lines_(surroundings.clock, most_lines, per_minute) {}

void Watch::Desk::changed(const Alert& alert, AlertBook::News news) {
  unsaved_.insert(alert.id);
  if (news == AlertBook::News::updated) return;
  has_news_ = true;
  if (!alert.shadow && alert.severity >= detect::Severity::medium) tell(alert);  // the others are notes
}

void Watch::Desk::closed(Alert alert) {
  unsaved_.erase(alert.id);
  if (closed_.size() < most_closed) closed_.push_back(std::move(alert));
}

void Watch::Desk::amended(Alert alert) {
  if (closed_.size() < most_closed) closed_.push_back(std::move(alert));
}

std::vector<const Alert*> Watch::Desk::unsaved() const {
  std::vector<const Alert*> out;
  out.reserve(closed_.size() + unsaved_.size());
  for (const auto& alert : closed_) out.push_back(&alert);
  for (const auto& id : unsaved_) {
    if (const auto* alert = monitor.book().find(id)) out.push_back(alert);
  }
  return out;
}

void Watch::Desk::note_saved() {
  unsaved_.clear();
  closed_.clear();
  has_news_ = false;
}

void Watch::Desk::tell(const Alert& alert) {
  if (const auto left_out = lines_.take_left_out()) {
    log_.warning("{} alerts were not logged, there were too many", left_out);
  }
  if (!lines_.admit()) return;
  log_.warning("Alert: {} ({}, {}, id {})", base::escape_control(alert.message), base::escape_control(alert.rule),
               detect::severity_name(alert.severity), alert.id);
}

}  // namespace trackalert::alert
