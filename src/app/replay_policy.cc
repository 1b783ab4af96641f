// SPDX-License-Identifier: Apache-2.0
#include "app/replay_policy.h"

#include <fmt/core.h>
#include <unistd.h>

#include <cstdio>

#include "app/config_file.h"
#include "policy/detection_files.h"

namespace trackalert::app {
namespace {

/// Names of functions are the operator's, but may be made up by a script.
constexpr std::size_t most_failing = 1000;

}  // namespace

void write_above_progress(std::string_view line) {
  static const bool terminal = isatty(STDERR_FILENO) != 0;
  fmt::print(stderr, "{}{}\n", terminal ? "\r\x1b[K" : "", line);
}

ReplayPolicy::ReplayPolicy(bool verbose)
    : verbose_(verbose),
      clock_(base::SystemClock().now()),  // while the configuration is read
      log_({.verbose = verbose,
            .syslog = false,
            .sink = [this](base::Level level, std::string_view line) { write(level, line); }}),
      quiet_log_({.syslog = false,
                  .sink =
                      [](base::Level level, std::string_view line) {
                        if (level <= base::Level::error) write_above_progress(line);
                      }}),
      statistics_(clock_) {}

ReplayPolicy::~ReplayPolicy() = default;

base::Result<std::unique_ptr<ReplayPolicy>> ReplayPolicy::load(const std::optional<std::string>& file, bool verbose) {
  std::unique_ptr<ReplayPolicy> out(new ReplayPolicy(verbose));
  if (!file) {
    const auto folder = policy::detections_folder();
    if (!folder) return std::unexpected(folder.error());
    auto rules = policy::read_detections(*folder);
    if (!rules) return std::unexpected(rules.error());
    out->settings_ = policy::Settings::defaults();
    out->settings_.detections.rules = std::move(*rules);
    out->loaded_ = true;
    return out;
  }
  const auto name = enter_config_folder(file, out->log_);
  const auto source = read_config(name, out->log_);
  if (!source) return std::unexpected(source.error());
  auto generation =
      Generation::load(*source, {out->log_, out->clock_, out->statistics_, *out, out->history_, out.get()},
                       policy::Policy::Workers{1, 2});
  if (!generation) return std::unexpected(generation.error());
  out->generation_ = std::move(*generation);
  out->settings_ = out->generation_->policy().settings();
  out->loaded_ = true;
  return out;
}

/// shutdown() of a policy that is only tried ends nothing.
void ReplayPolicy::shut_down(int /*exit_status*/) {}

void ReplayPolicy::failed(std::string_view what, std::string_view name, std::string_view message) {
  const auto key = fmt::format("{} [{}]", what, base::escape_control(name));
  auto failures = failures_.lock();
  if (failures->size() >= most_failing && !failures->contains(key)) return;
  auto& failure = (*failures)[key];
  if (failure.count++ > 0) return;
  failure.first = base::escape_control(message);
  write_above_progress(fmt::format("Lua {} exception: {}", key, failure.first));
}

void ReplayPolicy::write(base::Level level, std::string_view line) {
  const bool bad = level <= base::Level::warning;
  if (!loaded_) {
    if (bad || verbose_) write_above_progress(line);
    return;
  }
  auto logged = logged_.lock();
  auto& count = logged->lines.at(static_cast<std::size_t>(level));
  ++count;
  if (verbose_ || (bad && count <= most_lines))
    write_above_progress(line);
  else
    ++logged->not_shown;
}

}  // namespace trackalert::app
