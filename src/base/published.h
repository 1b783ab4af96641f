// SPDX-License-Identifier: Apache-2.0
// A value that is replaced now and then and read all the time. Readers keep a shared pointer of their own and look at
// one atomic number to learn that it is out of date, so that reading takes no lock and the old value lives as long as
// it is used.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <utility>

#include "base/guarded.h"

namespace trackalert::base {

template <class T>
class Published {
 public:
  Published() = default;
  explicit Published(std::shared_ptr<T> value) : value_(std::move(value)) {}

  /// Any thread.
  void publish(std::shared_ptr<T> value) {
    auto held = value_.lock();
    held->swap(value);  // the old one dies behind the lock
    version_.fetch_add(1, std::memory_order_release);
  }
  [[nodiscard]] std::shared_ptr<T> get() const { return *value_.lock(); }

  /// One thread's view. The Published must outlive it.
  class Reader {
   public:
    explicit Reader(const Published& source) : source_(source) {}
    /// The newest value; it stays alive at least until the next call.
    T* operator()() {
      if (const auto version = source_.version_.load(std::memory_order_acquire); version != version_ || !value_) {
        version_ = version;
        value_ = source_.get();
      }
      return value_.get();
    }

   private:
    const Published& source_;
    std::uint64_t version_ = 0;
    std::shared_ptr<T> value_;
  };

 private:
  Guarded<std::shared_ptr<T>> value_;
  std::atomic<std::uint64_t> version_{1};
};

}  // namespace trackalert::base
