// SPDX-License-Identifier: Apache-2.0
#include "app/ticker.h"

#include <pthread.h>

#include <chrono>

namespace trackalert::app {

Ticker::Ticker(std::function<void()> tick) : tick_(std::move(tick)) {
  thread_ = std::thread([this] {
    pthread_setname_np(pthread_self(), "ticker");
    while (true) {
      {
        auto stopping = stopping_.lock();
        if (stop_.wait_for(stopping.lock(), std::chrono::seconds(1), [&] { return *stopping; })) return;
      }
      tick_();
    }
  });
}

Ticker::~Ticker() {
  stop();
}

void Ticker::stop() {
  *stopping_.lock() = true;
  stop_.notify_all();
  if (thread_.joinable()) thread_.join();
}

}  // namespace trackalert::app
