// SPDX-License-Identifier: Apache-2.0
#include "app/templates_folder.h"

#include <filesystem>

#include "policy/detection_files.h"

namespace trackalert::app {

base::Result<std::string> templates_folder() {
  const auto detections = policy::detections_folder();
  if (!detections) return std::unexpected(detections.error());
  auto folder = (std::filesystem::path(*detections).parent_path() / "templates").string();
  std::error_code ignored;
  if (!std::filesystem::is_directory(folder, ignored)) return base::fail("the templates are not in {}", folder);
  return folder;
}

}  // namespace trackalert::app
