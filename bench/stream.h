// SPDX-License-Identifier: Apache-2.0
// How a benchmark gives a stream of reports to a history.
#pragma once

#include <atomic>
#include <span>
#include <thread>

#include "base/clock.h"
#include "bench/process.h"
#include "history/history.h"

namespace trackalert::bench {

constexpr std::size_t reports_a_batch = 32;

/// The stream's time on the wall, the machine's own for time limits.
class StreamClock final : public base::Clock {
 public:
  [[nodiscard]] base::WallTime now() const override { return base::WallTime{std::chrono::microseconds{time_.load()}}; }
  [[nodiscard]] base::SteadyTime steady() const override { return std::chrono::steady_clock::now(); }
  void set(history::Time time) { time_ = time; }

 private:
  std::atomic<history::Time> time_{0};
};

/// Waits while sealing has fallen behind, as a client that is answered 503 would.
inline void append(history::History& history, std::span<history::Arrival> arrivals) {
  for (;;) {
    const auto appended = history.append(arrivals);
    if (appended) return;
    if (appended.error().message.find("behind") == std::string::npos) fail(appended.error().message);
    std::this_thread::yield();
  }
}

}  // namespace trackalert::bench
