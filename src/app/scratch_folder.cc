// SPDX-License-Identifier: Apache-2.0
#include "app/scratch_folder.h"

#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <filesystem>
#include <utility>
#include <vector>

#include "base/log.h"

namespace trackalert::app {
namespace {

constexpr std::string_view copy_prefix = "export-";

}  // namespace

base::Result<ScratchFolder> ScratchFolder::make() {
  std::error_code error;
  const auto parent = std::filesystem::temp_directory_path(error);
  std::string name = (error ? std::filesystem::path("/tmp") : parent) / "trackalert-XXXXXX";
  if (mkdtemp(name.data()) == nullptr) return base::fail("cannot make {}: {}", name, base::error_text(errno));
  return ScratchFolder(std::move(name));
}

ScratchFolder::~ScratchFolder() {
  std::error_code ignored;
  if (!folder_.empty()) std::filesystem::remove_all(folder_, ignored);
}

std::string copy_folder_of(const std::string& history) {
  return fmt::format("{}/{}{}", history, copy_prefix, getpid());
}

void remove_copies_left_behind(const std::string& history) {
  std::error_code error;
  std::vector<std::filesystem::path> gone;
  for (std::filesystem::directory_iterator entry(history, error), end; !error && entry != end; entry.increment(error)) {
    const auto name = entry->path().filename().string();
    if (!name.starts_with(copy_prefix)) continue;
    pid_t process = 0;
    const char* const last = name.data() + name.size();
    const auto [at, bad] = std::from_chars(name.data() + copy_prefix.size(), last, process);
    if (bad != std::errc() || at != last || process <= 0) continue;
    if (::kill(process, 0) != 0 && errno == ESRCH) gone.push_back(entry->path());
  }
  for (const auto& folder : gone) std::filesystem::remove_all(folder, error);
}

ScratchFolder::ScratchFolder(ScratchFolder&& other) noexcept : folder_(std::exchange(other.folder_, {})) {}

}  // namespace trackalert::app
