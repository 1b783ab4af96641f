// SPDX-License-Identifier: Apache-2.0
#include "app/progress.h"

#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace trackalert::app {
namespace {

constexpr std::chrono::milliseconds first_after{1000};
constexpr std::chrono::milliseconds then_every{200};
/// Between two looks at the clock.
constexpr std::uint64_t steps_a_look = 256;
constexpr int width = 30;
constexpr double percent = 100;

}  // namespace

std::string progress_line(std::optional<double> share, std::uint64_t count, std::string_view what, double seconds) {
  const auto rate = seconds > 0 ? static_cast<double>(count) / seconds : 0;
  auto figures = fmt::format("{} {}  {:.0f}/s", count, what, rate);
  if (!share) return figures;
  const auto done = std::clamp(*share, 0.0, 1.0);
  const auto full = static_cast<std::size_t>(std::floor(done * width));
  return fmt::format("[{}{}] {:3.0f} %  {}", std::string(full, '='), std::string(width - full, ' '),
                     std::floor(done * percent), figures);
}

Progress::Progress(std::string_view what)
    : what_(what),
      terminal_(isatty(STDERR_FILENO) != 0),
      begin_(std::chrono::steady_clock::now()),
      next_(begin_ + first_after) {}

Progress::~Progress() {
  if (shown_) fmt::print(stderr, "\r\x1b[K");
}

bool Progress::is_due(std::uint64_t step) {
  if (!terminal_ || step % steps_a_look != 0) return false;
  const auto now = std::chrono::steady_clock::now();
  if (now < next_) return false;
  next_ = now + then_every;
  return true;
}

void Progress::show(std::optional<double> share, std::uint64_t count) {
  shown_ = true;
  const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - begin_;
  fmt::print(stderr, "\r\x1b[K{}", progress_line(share, count, what_, passed.count()));
  std::fflush(stderr);
}

}  // namespace trackalert::app
