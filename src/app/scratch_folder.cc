// SPDX-License-Identifier: Apache-2.0
#include "app/scratch_folder.h"

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <utility>

#include "base/log.h"

namespace trackalert::app {

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

ScratchFolder::ScratchFolder(ScratchFolder&& other) noexcept : folder_(std::exchange(other.folder_, {})) {}

}  // namespace trackalert::app
