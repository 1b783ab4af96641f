// SPDX-License-Identifier: Apache-2.0
#include "app/offline_config.h"

#include <fmt/core.h>

#include "app/config_file.h"

namespace trackalert::app {

base::Log::Options warnings_alone() {
  return {.syslog = false, .sink = [](base::Level level, std::string_view line) {
            if (level <= base::Level::warning) fmt::print(stderr, "{}\n", line);
          }};
}

OfflineConfig::OfflineConfig() : log_(warnings_alone()), statistics_(clock_) {}

base::Result<std::unique_ptr<OfflineConfig>> OfflineConfig::read(const std::optional<std::string>& file) {
  std::unique_ptr<OfflineConfig> config(new OfflineConfig);
  const auto name = enter_config_folder(file, config->log_);
  const auto source = read_config(name, config->log_);
  if (!source) return std::unexpected(source.error());
  auto generation = Generation::load(
      *source, {config->log_, config->clock_, config->statistics_, config->control_, config->no_history_},
      policy::Policy::Workers{0, 0});
  if (!generation) return std::unexpected(generation.error());
  config->generation_ = std::move(*generation);
  config->settings_ = config->generation_->policy().settings();
  return config;
}

}  // namespace trackalert::app
