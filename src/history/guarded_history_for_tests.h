// SPDX-License-Identifier: Apache-2.0
// The reference history for tests with threads: behind a lock, and it can be made to fail or to wait.
#pragma once

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <vector>

#include "history/reference_history_for_tests.h"

namespace trackalert::history {

class GuardedHistory final : public History {
 public:
  explicit GuardedHistory(const base::Clock& clock) : history_(clock) {}

  /// From now on append() and erase() fail so; nothing: they work.
  void break_with(std::optional<std::string> reason) {
    const std::lock_guard lock(mutex_);
    trouble_ = std::move(reason);
  }
  /// append() and query() wait until they are let go.
  void hold() {
    const std::lock_guard lock(mutex_);
    held_ = true;
  }
  void let_go() {
    const std::lock_guard lock(mutex_);
    held_ = false;
    changed_.notify_all();
  }
  /// Waits until so many calls are being held.
  void wait_for_held(unsigned calls) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return waiting_ >= calls; });
  }
  /// Calls of append(), the failed ones too.
  [[nodiscard]] unsigned appends() const {
    const std::lock_guard lock(mutex_);
    return appends_;
  }

  base::Result<void> append(std::span<Arrival> arrivals) override {
    auto lock = pass();
    ++appends_;
    if (trouble_) return base::fail("{}", *trouble_);
    return history_.append(arrivals);
  }
  [[nodiscard]] QueryResult<Answer> query(const Query& query) const override {
    const auto lock = pass();
    return history_.query(query);
  }
  [[nodiscard]] QueryResult<Profile> profile(std::string_view login) const override {
    const std::lock_guard lock(mutex_);
    return history_.profile(login);
  }
  [[nodiscard]] QueryResult<TrendSums> trend(Facet facet, std::string_view value, Time since,
                                             Time until) const override {
    const std::lock_guard lock(mutex_);
    return history_.trend(facet, value, since, until);
  }
  [[nodiscard]] QueryResult<void> each_event(const Filter& filter, const EachEvent& each) const override {
    // What `each` locks may be held by who asks the history.
    std::vector<Event> events;
    const auto walked = [&] {
      const std::lock_guard lock(mutex_);
      return history_.each_event(filter, [&events](const Event& event) {
        events.push_back(event);
        return true;
      });
    }();
    (void)std::ranges::all_of(events, each);
    return walked;
  }
  base::Result<std::uint64_t> erase(std::string_view login) override {
    const std::lock_guard lock(mutex_);
    if (trouble_) return base::fail("{}", *trouble_);
    return history_.erase(login);
  }
  base::Result<void> backup(const std::string& folder) override {
    const std::lock_guard lock(mutex_);
    return history_.backup(folder);
  }
  [[nodiscard]] Status status() const override {
    const std::lock_guard lock(mutex_);
    auto status = history_.status();
    status.accepting = !trouble_;
    status.trouble = trouble_.value_or("");
    return status;
  }

 private:
  std::unique_lock<std::mutex> pass() const {
    std::unique_lock lock(mutex_);
    ++waiting_;
    changed_.notify_all();
    changed_.wait(lock, [&] { return !held_; });
    --waiting_;
    return lock;
  }

  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  mutable unsigned waiting_ = 0;
  bool held_ = false;
  unsigned appends_ = 0;
  std::optional<std::string> trouble_;
  ReferenceHistory history_;
};

}  // namespace trackalert::history
