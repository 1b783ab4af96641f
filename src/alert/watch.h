// SPDX-License-Identifier: Apache-2.0
// The detections at work in the daemon: what the intake has written is judged; alerts are kept in the store beside the
// history before the reports that caused them are answered, so that the end of the process loses none; and logged.
// What channels are to tell goes into the outbox in the same transaction, by the routing of that moment.
//
// Bounds: those of the engine's tables, the book and the allow list. A store that does not take alerts (disk full) is
// logged once and tried again every second; the book keeps what it has not taken, and with it 100,000 pieces of news,
// further ones being lost and counted.
//
// Threads: any; one lock, which the intake holds while it judges a batch.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "alert/alert_store.h"
#include "alert/handling.h"
#include "alert/monitor.h"
#include "alert/routing.h"
#include "base/clock.h"
#include "base/guarded.h"
#include "base/log.h"
#include "metrics/registry.h"

namespace trackalert::alert {

class Watch {
 public:
  struct Surroundings {
    const history::History& history;
    const base::Clock& clock;
    base::Log& log;
    metrics::Registry& registry;
  };
  struct Options {
    std::string history_folder;  ///< the store lies in it
    Monitor::Options monitor;
    history::Time retention = 0;   ///< of closed alerts, from when they were last seen; 0: for good
    bool keep_at_once = true;      ///< news, before judge() returns; or all with the next tick()
    bool read_back_beside = true;  ///< the last month, while reports are judged already; or before use() returns
    Audience* also = nullptr;      ///< is told what happens to alerts, under the lock; null: nobody is
  };
  /// Opens the store; alerts that were open go on.
  static base::Result<std::unique_ptr<Watch>> open(const Surroundings& surroundings, const Options& options);
  ~Watch();
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;

  /// Other rules; what is remembered stays. With the first rule the last month is read back from the history for the
  /// rules of long windows, on a thread of its own if read_back_beside.
  void use(std::span<const detect::Rule> rules, detect::AsnKinds kinds);
  /// What the configuration allows, in place of what it allowed before.
  base::Result<void> use(std::vector<Allowance> configured);
  /// Who is told what happens from now on; null: nobody.
  void use(std::shared_ptr<const Routing> routing);
  /// What the history has just taken in, in that order, by the intake's thread. `judgements`: one for each.
  void judge(std::span<const history::Arrival> arrivals, std::span<Judgement> judgements);
  /// A finding of the operator's own.
  void raise(const detect::Finding& finding);
  /// About once a second: writes what has changed, and sometimes clears away what is old.
  void tick();
  /// Ends its thread, writes what has changed.
  void stop();

  /// For whoever delivers and asks what is on its way: it needs no lock of the Watch.
  [[nodiscard]] AlertStore& store() { return *store_; }

  // The allow list: until removed, or their time is over; kept in the store.
  base::Result<void> allow(const Allowance& allowance);
  /// False: there is none of that id, or it is the configuration's.
  base::Result<bool> disallow(const std::string& id);
  [[nodiscard]] std::vector<Allowance> allowances() const;

  /// As of now, from the book or the store.
  [[nodiscard]] base::Result<std::optional<Alert>> find(const std::string& id);
  [[nodiscard]] base::Result<AlertPage> list(const AlertFilter& filter);

  /// Those that are open, by first_seen, under the lock.
  void each_open(const std::function<void(const Alert&)>& each) const;

  // What people do with alerts (watch_feedback.cc). `by` says who; the alert comes back as it is then, in the store.
  Handled<Alert> acknowledge(const std::string& id, const std::string& by);
  /// The next finding of the same cause opens another alert. One that is closed stays as it is.
  Handled<Alert> close(const std::string& id, const std::string& by);
  /// feedback.h says what verdicts mean and makes the note.
  Handled<Alert> record(const VerdictNote& note);
  [[nodiscard]] base::Result<std::vector<VerdictRecord>> verdicts(const std::string& id) const;
  /// By rule, those with most verdicts first.
  [[nodiscard]] base::Result<std::vector<VerdictCounts>> verdict_counts() const;
  [[nodiscard]] const MarkTable& marks() const { return marks_; }
  [[nodiscard]] base::Result<bool> is_used(const std::string& link) const { return store_->is_used(link); }

  /// No name of the login is left in any alert; for History::erase().
  base::Result<std::uint64_t> erase_login(const std::string& login);
  base::Result<void> backup(const std::string& file);

  // For explanations.
  [[nodiscard]] detect::Standings standings_of_login(std::string_view login) const;
  [[nodiscard]] detect::Standings standings_of_source(const base::Prefix& source) const;
  [[nodiscard]] std::optional<detect::Rule> rule(std::string_view name) const;

 private:
  class Desk;
  Watch(const Surroundings& surroundings, Options options, std::unique_ptr<AlertStore> store);
  base::Result<void> restore();
  enum class Share;
  bool save(Desk& desk, Share share);
  void save_in_parts();
  base::Result<void> renew(Desk& desk);
  void clear_old();
  void register_metrics(const std::string& rule);
  void register_feedback_metrics();
  base::Result<void> renew_feedback();
  base::Result<void> learn(Desk& desk, const VerdictNote& note, std::uint64_t evicted);
  VerdictCounts verdicts_on(const std::string& rule) const;
  base::Result<std::optional<Alert>> find_in(Desk& desk, const std::string& id) const;
  Handled<Alert> kept(Desk& desk, Alert alert);
  Alert carry_out(Desk& desk, const VerdictNote& note, Alert alert);
  void read_back(const std::stop_token& stop);

  const Surroundings surroundings_;
  const Options options_;
  const std::unique_ptr<AlertStore> store_;
  metrics::Counter& saved_;
  metrics::Counter& save_failures_;
  MarkTable marks_;
  base::Guarded<std::vector<VerdictCounts>> verdict_counts_;
  std::atomic<std::uint64_t> marks_evicted_{0};
  const std::unique_ptr<base::Guarded<Desk>> desk_;
  bool failing_ = false;  ///< under the desk's lock
  std::uint64_t ticks_ = 0;
  std::jthread recalling_;
};

/// Forgets a login in the history and in the alerts; how many reports went. `watch` may be null.
base::Result<std::uint64_t> erase_login(history::History& history, Watch* watch, const std::string& login);
/// Copies the history into a new folder, and the alerts beside it.
base::Result<void> backup(history::History& history, Watch* watch, const std::string& folder);

}  // namespace trackalert::alert
