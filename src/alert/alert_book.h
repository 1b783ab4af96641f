// SPDX-License-Identifier: Apache-2.0
// Findings become alerts: one cause, one alert. A finding about a key under which an alert of the same cause is open
// updates that one; after quiet_for without a finding, or when a person closes it, the alert is closed, and the next
// one is another. Severity only rises; the rule and the message are those of the most severe finding, the first of
// them. What becomes worse is no longer what somebody has acknowledged: it is open again.
//
// Where channels attach: take() says what became of each finding, and only `opened` and `raised` are worth telling
// anybody. Whoever stores alerts stores them after each take(), by id.
//
// Bounds: max_alerts are remembered, and max_bytes of them; beyond, the one that was seen last the longest ago goes,
// and is counted. Time is that of the findings. Not thread safe.
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <boost/unordered/unordered_flat_set.hpp>
#include <functional>
#include <list>
#include <optional>
#include <utility>
#include <vector>

#include "alert/alert.h"

namespace trackalert::alert {

class AlertBook {
 public:
  struct Options {
    history::Time quiet_for = history::day;
    std::size_t max_alerts = 100'000;
    std::size_t max_bytes = std::size_t{16} << 20;  ///< as Alert::memory_bytes() counts; one alert may have more
  };
  enum class News { opened, raised, updated };
  struct Change {
    const Alert* alert = nullptr;  ///< until the next call
    News news = News::updated;
  };

  AlertBook() : AlertBook(Options{}) {}
  explicit AlertBook(const Options& options) : options_(options) {}

  /// Nothing for news of an alert that is not there.
  std::optional<Change> take(const detect::Finding& finding);
  /// An alert of an earlier process, which goes on here; in the order of last_seen.
  void restore(Alert alert);
  /// Closes what has been quiet as of `now`, takes it out of the book and gives it away, in the order of last_seen.
  void close_quiet(history::Time now, const std::function<void(Alert)>& closed);
  /// Takes out the login's alerts, and its name from the others.
  void erase_login(const std::string& login);
  /// All that are there, by first_seen, then id.
  [[nodiscard]] std::vector<const Alert*> alerts() const;
  [[nodiscard]] bool has(const std::string& key) const { return by_key_.contains(key); }
  /// Null where there is none of that id.
  [[nodiscard]] const Alert* find(const std::string& id) const;

  // What people do.
  /// Null, and nothing done, where there is none of that id.
  const Alert* change(const std::string& id, const std::function<void(Alert&)>& change);
  /// Closes it and takes it out: the next finding of its cause opens another. Nothing where there is none of that id.
  std::optional<Alert> close(const std::string& id);
  /// One that was closed is open again. Findings go on under one that was opened meanwhile, if there is such.
  const Alert& reopen(Alert alert);
  /// A person has closed an alert of that id: another beginning gets an id of its own, though rule, key and first_seen
  /// are the same. At most max_closed are known; beyond, the earlier are forgotten.
  void note_closed(const std::string& id);
  static constexpr std::size_t max_closed = 10'000;

  [[nodiscard]] std::size_t size() const { return alerts_.size(); }
  [[nodiscard]] std::size_t memory_bytes() const { return bytes_; }
  [[nodiscard]] std::uint64_t evicted() const { return evicted_count_; }
  /// Those that have made room since the last call, closed.
  [[nodiscard]] std::vector<Alert> take_evicted() { return std::exchange(evicted_, {}); }

 private:
  using Alerts = std::list<Alert>;  ///< the one that was seen last at the end
  Alert& add(Alert alert);
  Alert& open(const detect::Finding& finding);
  void evict_oldest();
  void make_room();
  /// Does to an alert what may change its size; the answer is the change's.
  template <class Action>
  bool resize(Alert& alert, Action action);
  void index(Alerts::iterator alert);
  static bool merge(Alert& alert, const detect::Finding& finding);
  [[nodiscard]] const Alert* named(const std::string& key) const;
  Alert take_out(Alerts::iterator alert);
  Alert& insert(Alert alert);

  const Options options_;
  Alerts alerts_;
  boost::unordered_flat_map<std::string, Alerts::iterator> by_id_;
  /// By cause, a NUL, and key.
  boost::unordered_flat_map<std::string, Alerts::iterator> by_cause_;
  /// The newest of each key.
  boost::unordered_flat_map<std::string, Alerts::iterator> by_key_;
  boost::unordered_flat_set<std::string> closed_ids_;  ///< by people
  /// No alert can have been quiet before: saves close_quiet() from looking at all of them each time.
  history::Time next_quiet_ = 0;
  std::size_t bytes_ = 0;
  std::uint64_t evicted_count_ = 0;
  std::vector<Alert> evicted_;
};

/// Of the rule's name, the key and the time: the same in every run.
[[nodiscard]] std::string alert_id(const std::string& rule, const std::string& key, history::Time first_seen);

}  // namespace trackalert::alert
