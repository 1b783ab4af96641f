// SPDX-License-Identifier: Apache-2.0
#include "app/progress_bar.h"

#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <string>

namespace trackalert::app {
namespace {

constexpr std::chrono::seconds at_first{1};
constexpr std::chrono::milliseconds between{200};
constexpr std::size_t width = 30;

}  // namespace

ProgressBar::ProgressBar(std::string_view what)
    : what_(what), on_(isatty(STDERR_FILENO) != 0), next_(std::chrono::steady_clock::now() + at_first) {}

ProgressBar::~ProgressBar() {
  if (shown_) fmt::print(stderr, "\r\x1b[K");
}

void ProgressBar::show(std::uint64_t bytes, std::uint64_t of, std::uint64_t count) {
  if (!on_) return;
  const auto now = std::chrono::steady_clock::now();
  if (now < next_) return;
  next_ = now + between;
  shown_ = true;
  std::string bar;
  if (of > 0) {
    const auto part = std::min(1.0, static_cast<double>(bytes) / static_cast<double>(of));
    const auto full = static_cast<std::size_t>(part * static_cast<double>(width));
    bar = fmt::format("[{:<{}}] {:3.0f} %  ", std::string(full, '#'), width, 100 * part);
  }
  fmt::print(stderr, "\r{}{} {}\x1b[K", bar, count, what_);
}

}  // namespace trackalert::app
