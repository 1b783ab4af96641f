// SPDX-License-Identifier: Apache-2.0
// One thread for what has to be looked at every second.
#pragma once

#include <condition_variable>
#include <functional>
#include <thread>
#include <vector>

#include "base/guarded.h"

namespace trackalert::app {

class Ticker {
 public:
  /// `tick` is called about once a second, on the ticker's thread, until stop().
  explicit Ticker(std::function<void()> tick);
  ~Ticker();
  void stop();

 private:
  std::function<void()> tick_;
  base::Guarded<bool> stopping_{false};
  std::condition_variable stop_;
  std::thread thread_;
};

}  // namespace trackalert::app
