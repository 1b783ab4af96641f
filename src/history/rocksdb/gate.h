// SPDX-License-Identifier: Apache-2.0
// Lets something be closed and opened anew under those who use it. They enter for as long as they use it, may enter
// again meanwhile, and wait for nobody but who has closed it.
//
// Threads: any; one at a time closes.
#pragma once

#include <atomic>
#include <chrono>
#include <thread>
#include <utility>

namespace trackalert::history::rocksdb {

class Gate {
 public:
  /// Being inside; ends with its destructor.
  class Use {
   public:
    Use() = default;
    explicit Use(Gate& gate) : gate_(&gate) {}
    Use(Use&& other) noexcept : gate_(std::exchange(other.gate_, nullptr)) {}
    Use& operator=(Use&& other) noexcept {
      std::swap(gate_, other.gate_);
      return *this;
    }
    ~Use() {
      if (gate_ != nullptr) --gate_->inside_;
    }

   private:
    Gate* gate_ = nullptr;
  };

  [[nodiscard]] Use enter() {
    for (;;) {
      ++inside_;
      if (!closed_) return Use(*this);
      --inside_;
      closed_.wait(true);
    }
  }

  /// Whether nobody is inside any more, and nobody comes in until open(); false: somebody stayed for so long.
  [[nodiscard]] bool close(std::chrono::milliseconds patience) {
    const auto end = std::chrono::steady_clock::now() + patience;
    for (;;) {
      closed_ = true;
      if (inside_ == 0) return true;
      // Who is inside may have to enter again in order to leave.
      open();
      if (std::chrono::steady_clock::now() >= end) return false;
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  }
  void open() {
    closed_ = false;
    closed_.notify_all();
  }

 private:
  std::atomic<int> inside_{0};
  std::atomic<bool> closed_{false};
};

}  // namespace trackalert::history::rocksdb
