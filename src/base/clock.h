// SPDX-License-Identifier: Apache-2.0
// Where time comes from. Everything that needs the time takes a Clock&, so that tests and replay can supply their own.
// Implementations are safe to call from any thread.
#pragma once

#include <atomic>
#include <chrono>

namespace trackalert::base {

/// Wall time, microseconds since 1970 UTC. May jump.
using WallTime = std::chrono::sys_time<std::chrono::microseconds>;
/// Monotonic time, for durations and time limits. Its epoch means nothing.
using SteadyTime = std::chrono::steady_clock::time_point;

class Clock {
 public:
  virtual ~Clock() = default;
  [[nodiscard]] virtual WallTime now() const = 0;
  [[nodiscard]] virtual SteadyTime steady() const = 0;
};

class SystemClock final : public Clock {
 public:
  [[nodiscard]] WallTime now() const override {
    return std::chrono::time_point_cast<std::chrono::microseconds>(std::chrono::system_clock::now());
  }
  [[nodiscard]] SteadyTime steady() const override { return std::chrono::steady_clock::now(); }
};

/// A clock that stands still until it is told to move.
class FakeClock final : public Clock {
 public:
  explicit FakeClock(WallTime start = WallTime{std::chrono::seconds{1'795'000'000}})
      : wall_us_(start.time_since_epoch().count()) {}

  [[nodiscard]] WallTime now() const override { return WallTime{std::chrono::microseconds{wall_us_.load()}}; }
  [[nodiscard]] SteadyTime steady() const override { return SteadyTime{std::chrono::microseconds{steady_us_.load()}}; }

  /// Time passes: both clocks move.
  void advance(std::chrono::microseconds by) {
    wall_us_ += by.count();
    steady_us_ += by.count();
  }
  /// Somebody sets the wall clock: only it jumps.
  void set_wall(WallTime to) { wall_us_ = to.time_since_epoch().count(); }

 private:
  std::atomic<std::chrono::microseconds::rep> wall_us_;
  std::atomic<std::chrono::microseconds::rep> steady_us_{0};
};

/// Seconds since 1970 as the double that reports and Lua use.
[[nodiscard]] inline double to_unix_seconds(WallTime time) {
  return std::chrono::duration<double>(time.time_since_epoch()).count();
}

}  // namespace trackalert::base
