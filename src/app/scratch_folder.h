// SPDX-License-Identifier: Apache-2.0
// A folder that goes with its owner, whatever lies in it.
#pragma once

#include <string>

#include "base/result.h"

namespace trackalert::app {

class ScratchFolder {
 public:
  /// A new one among the system's temporary files (TMPDIR).
  static base::Result<ScratchFolder> make();
  /// This one, which somebody else makes.
  explicit ScratchFolder(std::string folder) : folder_(std::move(folder)) {}
  ~ScratchFolder();
  ScratchFolder(ScratchFolder&& other) noexcept;
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;
  ScratchFolder& operator=(ScratchFolder&&) = delete;

  [[nodiscard]] const std::string& folder() const { return folder_; }

 private:
  std::string folder_;
};

/// Below a history, for a copy of it that this process reads. The number says whose it is.
[[nodiscard]] std::string copy_folder_of(const std::string& history);
/// Removes the copies whose process was killed: no erasure would reach what they hold.
void remove_copies_left_behind(const std::string& history);

}  // namespace trackalert::app
