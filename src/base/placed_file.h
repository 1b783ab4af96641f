// SPDX-License-Identifier: Apache-2.0
// Whether a file that is in use still lies under its name. Who goes on writing to one that was removed or moved writes
// into nowhere: every write succeeds, and nothing is there after a restart.
//
// A value. Any thread. Somebody has to keep the file open meanwhile, or its number may be given to another.
#pragma once

#include <sys/stat.h>

#include <cerrno>
#include <string>
#include <utility>

#include "base/result.h"

namespace trackalert::base {

class PlacedFile {
 public:
  /// The file that lies there now.
  static Result<PlacedFile> at(std::string path) {
    struct stat status{};
    if (::stat(path.c_str(), &status) != 0) return fail("cannot look at {}: {}", path, error_text(errno));
    return PlacedFile(std::move(path), status);
  }

  /// An error if another lies there, or none. One system call.
  [[nodiscard]] Result<void> check() const {
    struct stat status{};
    if (::stat(path_.c_str(), &status) != 0) {
      const int error = errno;
      if (error != ENOENT && error != ENOTDIR) return fail("cannot look at {}: {}", path_, error_text(error));
      return fail("{} was removed or moved while it was in use", path_);
    }
    if (status.st_dev == device_ && status.st_ino == number_) return {};
    return fail("{} was replaced while it was in use", path_);
  }

 private:
  PlacedFile(std::string path, const struct stat& status)
      : path_(std::move(path)), device_(status.st_dev), number_(status.st_ino) {}

  std::string path_;
  dev_t device_;
  ino_t number_;
};

}  // namespace trackalert::base
