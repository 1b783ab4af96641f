// SPDX-License-Identifier: Apache-2.0
#include "app/device_file.h"

#include <filesystem>

#include "app/config_file.h"

namespace trackalert::app {
namespace {

constexpr auto uap_core_file = "/usr/share/uap-core/regexes.yaml";

}  // namespace

std::optional<std::string> find_regexes(const std::optional<std::string>& wanted) {
  if (wanted) return wanted;
  for (const auto& file : {default_config_folder() + "/regexes.yaml", std::string(uap_core_file)}) {
    std::error_code ignored;
    if (std::filesystem::exists(file, ignored)) return file;
  }
  return std::nullopt;
}

}  // namespace trackalert::app
