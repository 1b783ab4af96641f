// SPDX-License-Identifier: Apache-2.0
// What people do with alerts.
//
// The alert is kept before the verdict is: if the process ends between the two, whoever gave the verdict got no answer,
// and giving it again is right; the other way round the alert would miss it for good.
#include <algorithm>

#include "alert/watch.h"
#include "alert/watch_desk.h"

namespace trackalert::alert {
namespace {

std::unexpected<Refusal> refuse(Refusal::Why why, std::string message) {
  return std::unexpected(Refusal{why, std::move(message)});
}

std::unexpected<Refusal> unknown(const std::string& id) {
  return refuse(Refusal::Why::unknown, "there is no alert " + id);
}

base::Result<void> check_by(const std::string& by) {
  if (by.empty() || by.size() > max_by_bytes) return base::fail("by must be a name of 1 to {} bytes", max_by_bytes);
  return {};
}

void put_verdict(Alert& alert, const VerdictNote& note) {
  alert.feedback = verdict_name(note.record.verdict);
  alert.handled_by = note.record.by;
  if (note.record.verdict == Verdict::bad) {
    alert.severity = detect::Severity::critical;
    alert.shadow = false;
    alert.acknowledged = false;
    if (!note.login.empty()) alert.taken.add(note.login);
  } else if (note.record.verdict == Verdict::good && !note.login.empty()) {
    (void)alert.taken.forget(note.login);
  }
}

}  // namespace

void Watch::register_feedback_metrics() {
  auto& registry = surroundings_.registry;
  registry.gauge("alerts_marks", "Values that people have taught about logins",
                 [this] { return static_cast<double>(marks_.size()); });
  registry.counter_from("alerts_marks_evicted_total", "Such values that made room for others",
                        [this] { return static_cast<double>(marks_evicted_.load()); });
}

base::Result<void> Watch::renew_feedback() {
  auto marks = store_->marks();
  if (!marks) return std::unexpected(marks.error());
  marks_.restore(std::move(*marks));
  auto counts = store_->verdict_counts();
  if (!counts) return std::unexpected(counts.error());
  *verdict_counts_.lock() = std::move(*counts);
  return {};
}

VerdictCounts Watch::verdicts_on(const std::string& rule) const {
  const bool others = rule == raised_by_policy;
  const auto named = others ? desk_->lock()->rules_with_metrics : std::set<std::string>();
  VerdictCounts out{.rule = rule};
  auto held = verdict_counts_.lock();
  for (const auto& counts : *held) {
    if (others ? named.contains(counts.rule) : counts.rule != rule) continue;
    out.good += counts.good;
    out.bad += counts.bad;
    out.forget += counts.forget;
  }
  return out;
}

base::Result<std::vector<VerdictCounts>> Watch::verdict_counts() const {
  return store_->verdict_counts();
}

base::Result<std::vector<VerdictRecord>> Watch::verdicts(const std::string& id) const {
  return store_->verdicts(id);
}

base::Result<std::optional<Alert>> Watch::find_in(Desk& desk, const std::string& id) const {
  if (const auto* alert = desk.monitor.book().find(id)) return *alert;
  return store_->find(id);
}

/// The alert, once the store has what the desk says.
Handled<Alert> Watch::kept(Desk& desk, Alert alert) {
  save(desk, Share::all);
  if (failing_) return refuse(Refusal::Why::storage, "alerts cannot be kept at the moment");
  return alert;
}

Handled<Alert> Watch::acknowledge(const std::string& id, const std::string& by) {
  if (auto fits = check_by(by); !fits) return refuse(Refusal::Why::bad_wish, fits.error().message);
  auto desk = desk_->lock();
  const auto change = [&by](Alert& alert) {
    alert.acknowledged = true;
    alert.handled_by = by;
  };
  if (const auto* alert = desk->monitor.book().change(id, change)) {
    desk->changed(*alert, AlertBook::News::updated);
    return kept(*desk, *alert);
  }
  auto stored = store_->find(id);
  if (!stored) return refuse(Refusal::Why::storage, stored.error().message);
  auto& alert = *stored;
  if (!alert) return unknown(id);
  if (alert->closed) return refuse(Refusal::Why::bad_wish, "the alert is closed");
  change(*alert);
  desk->amended(*alert);
  return kept(*desk, std::move(*alert));
}

Handled<Alert> Watch::close(const std::string& id, const std::string& by) {
  if (auto fits = check_by(by); !fits) return refuse(Refusal::Why::bad_wish, fits.error().message);
  auto desk = desk_->lock();
  auto& book = desk->monitor.book();
  (void)book.change(id, [&by](Alert& alert) { alert.handled_by = by; });
  auto alert = book.close(id);
  if (!alert) {
    auto stored = store_->find(id);
    if (!stored) return refuse(Refusal::Why::storage, stored.error().message);
    alert = std::move(*stored);
    if (!alert) return unknown(id);
    if (alert->closed) return std::move(*alert);
    alert->closed = true;
    alert->handled_by = by;
  }
  desk->closed(*alert);
  return kept(*desk, std::move(*alert));
}

/// Does to the alert what the verdict says.
Alert Watch::carry_out(Desk& desk, const VerdictNote& note, Alert alert) {
  auto& book = desk.monitor.book();
  const bool bad = note.record.verdict == Verdict::bad;
  if (const auto* changed = book.change(note.alert, [&note](Alert& it) { put_verdict(it, note); })) {
    if (bad) {
      alert = *changed;
      desk.changed(alert, AlertBook::News::raised);
      return alert;
    }
    if (auto closed = book.close(note.alert)) alert = std::move(*closed);
    desk.closed(alert);
    return alert;
  }
  put_verdict(alert, note);
  if (bad) {
    // It is news, and as an open alert it stays so until a person closes it or it has been quiet again.
    alert.last_seen = std::max(alert.last_seen, note.record.time);
    alert = book.reopen(std::move(alert));
    desk.changed(alert, AlertBook::News::raised);
  } else if (alert.closed) {
    book.note_closed(alert.id);
    desk.amended(alert);
  } else {
    alert.closed = true;
    desk.closed(alert);
  }
  return alert;
}

/// What detections are to know of it.
base::Result<void> Watch::learn(Desk& desk, const VerdictNote& note, std::uint64_t evicted) {
  marks_evicted_ += evicted;
  if (evicted > 0) return renew_feedback();
  marks_.take_back(note.alert);
  if (!note.marks.empty()) {
    const auto& login = note.marks.front().login;
    auto marks = store_->marks_of(login);
    if (!marks) return std::unexpected(marks.error());
    marks_.set(login, std::move(*marks));
  }
  for (const auto& mark : note.marks) {
    if (!mark.usual || mark.facet != history::Facet::net) continue;
    const auto net = base::parse_prefix(history::value_to_text(mark.facet, mark.value));
    if (net) desk.monitor.accept_place(mark.login, *net);
  }
  auto counts = store_->verdict_counts();
  if (!counts) return std::unexpected(counts.error());
  *verdict_counts_.lock() = std::move(*counts);
  return {};
}

Handled<Alert> Watch::record(const VerdictNote& note) {
  if (auto fits = check_by(note.record.by); !fits) return refuse(Refusal::Why::bad_wish, fits.error().message);
  auto desk = desk_->lock();
  if (note.link) {
    const auto used = store_->is_used(note.link->id);
    if (!used) return refuse(Refusal::Why::storage, used.error().message);
    if (*used) return refuse(Refusal::Why::bad_wish, "the link was used before");
  }
  auto found = find_in(*desk, note.alert);
  if (!found) return refuse(Refusal::Why::storage, found.error().message);
  auto& known = *found;
  if (!known) return unknown(note.alert);
  const auto rule = known->rule;
  auto done = kept(*desk, carry_out(*desk, note, std::move(*known)));
  if (!done) return done;
  const auto evicted = store_->save_verdict(note, rule);
  if (!evicted) return refuse(Refusal::Why::storage, evicted.error().message);
  if (auto learned = learn(*desk, note, *evicted); !learned) {
    return refuse(Refusal::Why::storage, learned.error().message);
  }
  return done;
}

}  // namespace trackalert::alert
