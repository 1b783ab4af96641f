// SPDX-License-Identifier: Apache-2.0
// A value that can only be reached with its lock held.
//   Guarded<std::map<...>> hooks;
//   hooks.lock()->emplace(...);                       // held to the end of the expression
//   auto held = hooks.lock(); held->...; condition.wait(held.lock(), predicate);
// Beware of the first form: the lock lasts to the end of the whole expression, so nothing slow may stand in it.
#pragma once

#include <condition_variable>
#include <mutex>
#include <utility>

namespace trackalert::base {

template <class T>
class Guarded {
 public:
  class Held {
   public:
    T* operator->() { return value_; }
    T& operator*() { return *value_; }
    /// For condition variables: the lock under which the value stands.
    std::unique_lock<std::mutex>& lock() { return lock_; }

   private:
    friend class Guarded;
    Held(std::mutex& mutex, T& value) : lock_(mutex), value_(&value) {}
    std::unique_lock<std::mutex> lock_;
    T* value_;
  };

  template <class... Args>
  explicit Guarded(Args&&... args) : value_(std::forward<Args>(args)...) {}
  Guarded(const Guarded&) = delete;
  Guarded& operator=(const Guarded&) = delete;

  [[nodiscard]] Held lock() const { return Held(mutex_, value_); }
  /// Without the lock: for what only the calling thread changes, and so may read at any time.
  [[nodiscard]] const T& unlocked() const { return value_; }

 private:
  mutable std::mutex mutex_;
  mutable T value_;
};

}  // namespace trackalert::base
