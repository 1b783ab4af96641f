// SPDX-License-Identifier: Apache-2.0
#include "alert/watch_desk.h"

namespace trackalert::alert {
namespace {

/// More alerts in a minute are an attack on the log.
constexpr unsigned most_lines = 60;
constexpr std::chrono::seconds per_minute{60};
/// Closed alerts that a store does not take; what is beyond stays in it as it was: open.
constexpr std::size_t most_closed = 100'000;
/// Alerts written while reports wait: some milliseconds.
constexpr std::size_t most_at_once = 32;
/// News that a store does not take; what is beyond is lost, and counted.
constexpr std::size_t most_news = 100'000;

}  // namespace

Watch::Desk::Desk(const Surroundings& surroundings, const Options& options)
    : monitor(surroundings.history, *this, options.monitor),
      log_(surroundings.log),
      clock_(surroundings.clock),
      also_(options.also),
      news_lost_(surroundings.registry.counter("alerts_news_lost_total",
                                               "News that no channel got since the store took none for too long", {})),
      lines_(surroundings.clock, most_lines, per_minute) {}

void Watch::Desk::changed(const Alert& alert, AlertBook::News news) {
  unsaved_.insert(alert.id);
  if (also_ != nullptr) also_->changed(alert, news);
  if (news == AlertBook::News::updated) return;
  has_news_ = true;
  newly_heard_.insert(alert.id);
  if (alert.shadow) return;
  route(alert, news == AlertBook::News::opened ? News::opened : News::raised);
  if (alert.severity >= detect::Severity::medium) log(alert);  // the others are notes
}

void Watch::Desk::closed(Alert alert) {
  unsaved_.erase(alert.id);
  newly_heard_.erase(alert.id);
  if (also_ != nullptr) also_->closed(alert);
  if (!alert.shadow) route(alert, News::closed);
  if (closed_.size() < most_closed) closed_.push_back(std::move(alert));
}

void Watch::Desk::amended(Alert alert) {
  if (closed_.size() < most_closed) closed_.push_back(std::move(alert));
}

std::vector<const Alert*> Watch::Desk::unsaved(Share share) {
  std::vector<const Alert*> out;
  const auto most = share == Share::some ? most_at_once : SIZE_MAX;
  const auto add = [&](std::set<std::string>& ids, bool if_news) {
    for (auto id = ids.begin(); id != ids.end() && out.size() < most;) {
      const auto* alert = monitor.book().find(*id);
      if (alert != nullptr && (if_news || !newly_heard_.contains(*id))) out.push_back(alert);
      id = alert != nullptr ? std::next(id) : ids.erase(id);
    }
  };
  for (const auto& alert : closed_) out.push_back(&alert);
  // News first: their alerts have to be in the store when they leave.
  add(newly_heard_, true);
  if (share != Share::news) add(unsaved_, false);
  return out;
}

std::size_t Watch::Desk::unsaved_parts() const {
  return unsaved_.size() / most_at_once + 1;
}

void Watch::Desk::note_saved(std::span<const Alert* const> alerts) {
  for (const auto* alert : alerts) {
    unsaved_.erase(alert->id);
    newly_heard_.erase(alert->id);
  }
  closed_.clear();
  news_.clear();
  has_news_ = false;
}

void Watch::Desk::route(const Alert& alert, News news) {
  if (!routing_) return;
  const auto now = clock_.now().time_since_epoch().count();
  for (auto& channel : routing_->channels(alert, news, now)) {
    if (news_.size() < most_news) {
      news_.push_back({.channel = std::move(channel), .alert = alert.id, .news = news, .now = now});
    } else {
      news_lost_.add();
    }
  }
}

void Watch::Desk::log(const Alert& alert) {
  if (const auto left_out = lines_.take_left_out()) {
    log_.warning("{} alerts were not logged, there were too many", left_out);
  }
  if (!lines_.admit()) return;
  log_.warning("Alert: {} ({}, {}, id {})", base::escape_control(alert.message), base::escape_control(alert.rule),
               detect::severity_name(alert.severity), alert.id);
}

}  // namespace trackalert::alert
