// SPDX-License-Identifier: Apache-2.0
#include "app/config_file.h"

#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace trackalert::app {
namespace {

constexpr auto sysconf_folder = TRACKALERT_SYSCONFDIR;
constexpr auto file_name = "trackalert.conf";
/// A policy is text written by people; what is larger is a mistake.
constexpr std::uintmax_t most_bytes = 64UL << 20;

}  // namespace

std::string default_config_folder() {
  return std::string(sysconf_folder) + "/wforce";
}

std::string absolute_name(const std::string& file) {
  return std::filesystem::absolute(file).string();
}

std::string enter_config_folder(const std::optional<std::string>& file, base::Log& log) {
  std::error_code ignored;
  std::filesystem::path path = file.value_or("");
  if (!file) {
    path = std::filesystem::path(default_config_folder()) / file_name;
    if (!std::filesystem::exists(path, ignored)) path = std::filesystem::path(sysconf_folder) / file_name;
  }
  const std::string folder = path.has_parent_path() ? path.parent_path().string() : ".";
  if (chdir(folder.c_str()) != 0) {
    log.warning("Could not change working directory to {} ({})", folder, base::error_text(errno));
  }
  return path.filename().string();
}

base::Result<policy::Policy::Source> read_config(const std::string& name, base::Log& log) {
  std::error_code error;
  const auto size = std::filesystem::file_size(name, error);
  std::ifstream file(name, std::ios::binary);
  if (error || !file) return base::fail("Unable to read configuration from '{}'", name);
  if (size > most_bytes) return base::fail("The configuration file '{}' is larger than {} bytes", name, most_bytes);
  std::ostringstream text;
  text << file.rdbuf();
  log.info("Read configuration from '{}'", name);
  return policy::Policy::Source{name, std::move(text).str()};
}

}  // namespace trackalert::app
