// SPDX-License-Identifier: Apache-2.0
// How far a long command has come, on standard error, if that is a terminal; else nothing is written.
//
// Threads: one.
#pragma once

#include <chrono>
#include <cstdint>
#include <string_view>

namespace trackalert::app {

class ProgressBar {
 public:
  /// `what` is counted: "attempts".
  explicit ProgressBar(std::string_view what);
  /// Takes its line away.
  ~ProgressBar();
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;

  /// May be called often; shows itself some times a second, from the first second on. `of` 0: nobody knows.
  void show(std::uint64_t bytes, std::uint64_t of, std::uint64_t count);

 private:
  const std::string_view what_;
  const bool on_;
  bool shown_ = false;
  std::chrono::steady_clock::time_point next_;
};

}  // namespace trackalert::app
