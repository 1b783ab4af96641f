// SPDX-License-Identifier: Apache-2.0
// How far a long command has come: a bar on standard error where that is a terminal, nothing elsewhere, and nothing
// for what is done within a second.
//
// Threads: one.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace trackalert::app {

/// "[======      ]  52 %  1234567 reports  98000/s", or without the bar and the share where `share` is none.
[[nodiscard]] std::string progress_line(std::optional<double> share, std::uint64_t count, std::string_view what,
                                        double seconds);

class Progress {
 public:
  /// `what` is counted; it must outlive this.
  explicit Progress(std::string_view what = "reports");
  /// Takes the bar away.
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  /// Whether anybody would see show(): spares working out what it shows. `step` is one more at each call.
  [[nodiscard]] bool is_due(std::uint64_t step);
  void show(std::optional<double> share, std::uint64_t count);

 private:
  const std::string_view what_;
  const bool terminal_;
  const std::chrono::steady_clock::time_point begin_;
  std::chrono::steady_clock::time_point next_;
  bool shown_ = false;
};

}  // namespace trackalert::app
