// SPDX-License-Identifier: Apache-2.0
#include "app/replay_input.h"

#include <fmt/format.h>

#include <csignal>
#include <filesystem>

#include "app/progress.h"
#include "base/log.h"
#include "logs/line_source.h"

namespace trackalert::app {
namespace {

volatile std::sig_atomic_t interrupted = 0;

/// Bytes of all inputs; none if one of them is no file.
std::optional<double> bytes_of(const std::vector<ReplayInput>& inputs) {
  double bytes = 0;
  for (const auto& input : inputs) {
    std::error_code error;
    if (input.file == "-" || !std::filesystem::is_regular_file(input.file, error)) return std::nullopt;
    bytes += static_cast<double>(std::filesystem::file_size(input.file, error));
    if (error) return std::nullopt;
  }
  return bytes;
}

class Reading {
 public:
  Reading(const std::vector<ReplayInput>& inputs, LinesPassedOver& passed_over,
          const std::function<base::Result<void>(ReplayLine line)>& take)
      : bytes_(bytes_of(inputs)), passed_over_(passed_over), take_(take) {}

  base::Result<void> read(const ReplayInput& input) {
    auto source = logs::LineSource::open(input.file);
    if (!source) return std::unexpected(source.error());
    while (interrupted == 0) {
      const auto too_long = (*source)->too_long();
      const auto got = (*source)->next();
      if ((*source)->too_long() != too_long) {
        note({PassedOver::too_long, fmt::format("more than {} bytes", logs::usual_line_bytes)}, input,
             (*source)->lines() - (got && got->has_value() ? 1 : 0), (*source)->too_long() - too_long);
      }
      if (!got) return std::unexpected(got.error());
      const auto& line = *got;
      if (!line) break;
      if (auto taken = take(*line, input, (*source)->lines()); !taken) return taken;
      if (!progress_.is_due(++lines_)) continue;
      const auto read = before_ + static_cast<double>((*source)->bytes_used());
      progress_.show(bytes_ ? std::optional(read / std::max(*bytes_, 1.0)) : std::nullopt, lines_);
    }
    before_ += static_cast<double>((*source)->bytes_used());
    return {};
  }

 private:
  base::Result<void> take(std::string_view text, const ReplayInput& input, std::uint64_t number) {
    if (text.empty()) return {};
    auto line = reader_.read(text);
    if (line) return take_(std::move(*line));
    note(line.error(), input, number, 1);
    return {};
  }

  void note(const Unusable& what, const ReplayInput& input, std::uint64_t number, std::uint64_t lines) {
    auto& reason = passed_over_.reasons.at(static_cast<std::size_t>(what.why));
    if (reason.lines == 0) {
      reason.first = base::escape_control(fmt::format("{}, line {}: {}", input.shown, number, what.reason));
    }
    reason.lines += lines;
  }

  const std::optional<double> bytes_;
  LinesPassedOver& passed_over_;
  const std::function<base::Result<void>(ReplayLine line)>& take_;
  ReplayLineReader reader_;
  Progress progress_;
  std::uint64_t lines_ = 0;
  double before_ = 0;  ///< bytes of the inputs that are read
};

}  // namespace

void interrupt_replay() {
  interrupted = 1;
}

bool replay_interrupted() {
  return interrupted != 0;
}

std::uint64_t LinesPassedOver::lines() const {
  std::uint64_t sum = 0;
  for (const auto& reason : reasons) sum += reason.lines;
  return sum;
}

base::Result<void> read_replay_inputs(const std::vector<ReplayInput>& inputs, LinesPassedOver& passed_over,
                                      const std::function<base::Result<void>(ReplayLine line)>& take) {
  Reading reading(inputs, passed_over, take);
  for (const auto& input : inputs) {
    if (auto read = reading.read(input); !read) return read;
  }
  return {};
}

}  // namespace trackalert::app
