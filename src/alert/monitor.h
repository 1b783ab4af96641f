// SPDX-License-Identifier: Apache-2.0
// What is done with every report that the history has taken in, live and in a replay alike: it is judged, what the
// allow list takes is left out, the rest becomes alerts.
//
// Threads: one at a time; watch.h is the daemon's front.
#pragma once

#include <array>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "alert/alert_book.h"
#include "alert/allow_list.h"
#include "alert/judgement.h"
#include "alert/mark_table.h"
#include "detect/engine.h"

namespace trackalert::alert {

/// Who is told what became of alerts: in the order in which it happens, by the thread that calls the Monitor.
class Audience {
 public:
  virtual ~Audience() = default;
  virtual void changed(const Alert& alert, AlertBook::News news) = 0;
  virtual void closed(Alert alert) = 0;
};

class Monitor {
 public:
  struct Options {
    detect::Engine::Options engine;
    AlertBook::Options book;
  };
  /// All of these must outlive it.
  Monitor(const history::History& history, Audience& audience, const Options& options);

  /// Other rules from now on; what is remembered stays.
  void use(std::span<const detect::Rule> rules, detect::AsnKinds kinds);
  void use(std::shared_ptr<const AllowList> allowed) { allowed_ = std::move(allowed); }
  /// What people have said is usual for a login, or to be forgotten: reports are judged by it. It must outlive this.
  void use(const MarkTable& marks) { marks_ = &marks; }
  /// An alert that was open when the process before this one ended.
  void restore(Alert alert) { book_.restore(std::move(alert)); }

  /// What the history has just taken in, in that order; after each the sweeps that are due by the reports' clock.
  /// `judgements` is empty, or has one for each arrival.
  void judge(std::span<const history::Arrival> arrivals, std::span<Judgement> judgements = {});
  /// As judge() of nothing, at a later time.
  void sweep(history::Time now);
  /// Somebody else's finding, counted under a name of the caller's, since rules that others name are not bounded.
  void take(const detect::Finding& finding, history::Time now, std::string_view counted_as);
  void remember(const history::Event& event);
  /// The login's alerts are gone, in others its name.
  void erase_login(const std::string& login) { book_.erase_login(login); }

  /// Since it began, of one rule.
  struct Counts {
    std::uint64_t evaluated = 0;
    std::uint64_t found = 0;
    std::array<std::uint64_t, 4> suppressed{};  ///< by Allowance::What
    std::uint64_t alerted = 0;                  ///< alerts opened or raised
    std::uint64_t opened = 0;
    double seconds_to_detect = 0;  ///< of the opened: from when it began
  };
  [[nodiscard]] Counts counts(std::string_view rule) const;
  [[nodiscard]] std::uint64_t evictions() const { return engine_ ? engine_->evictions() : 0; }
  [[nodiscard]] const AlertBook& book() const { return book_; }
  [[nodiscard]] AlertBook& book() { return book_; }
  /// Null where there is none.
  [[nodiscard]] const std::shared_ptr<const AllowList>& allow_list() const { return allowed_; }
  [[nodiscard]] history::Time newest() const { return newest_; }
  /// Null until there was a rule.
  [[nodiscard]] const detect::Engine* engine() const { return engine_.get(); }
  /// The login's visits there, as far as the detections remember them, were at a usual place.
  void accept_place(std::string_view login, const base::Prefix& net) {
    if (engine_) engine_->accept_place(login, net);
  }
  /// Null where there is none of that name in use.
  [[nodiscard]] const detect::Rule* rule(std::string_view name) const;

 private:
  void judge_one(const history::Arrival& arrival, Judgement* judgement);
  [[nodiscard]] bool allowed(const detect::Finding& finding, const AllowList::Subject& subject);
  [[nodiscard]] const Allowance* allows_cause(const detect::Finding& finding) const;
  [[nodiscard]] bool left_without_sources(detect::Finding& finding);
  void suppress(const detect::Finding& finding, const Allowance& by);
  void book(const detect::Finding& finding, std::string_view counted_as);

  const history::History& history_;
  Audience& audience_;
  const Options options_;
  std::unique_ptr<detect::Engine> engine_;
  std::vector<detect::Rule> rules_;
  std::shared_ptr<const AllowList> allowed_;
  const MarkTable* marks_ = nullptr;
  AlertBook book_;
  detect::Findings findings_;
  std::map<std::string, Counts, std::less<>> counts_;
  history::Time newest_ = 0;
};

}  // namespace trackalert::alert
