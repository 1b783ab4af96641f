// SPDX-License-Identifier: Apache-2.0
// How far files have been imported into a history, so that nothing is taken twice: a file beside it, "imports", with a
// JSON object for each. A file is known by its first line.
//
// Threads: one.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "app/log_input.h"
#include "base/result.h"

namespace trackalert::app {

class ImportedFiles {
 public:
  /// Files remembered; beyond it those that were imported first are forgotten.
  static constexpr std::size_t most_files = 100'000;

  /// None if there is no such file. An error: it cannot be read.
  static base::Result<ImportedFiles> load(const std::string& file);

  [[nodiscard]] std::optional<LogPlace> find(const std::string& first) const;
  void note(const LogPlace& place);
  /// In one step: the file is the old one or the new one.
  [[nodiscard]] base::Result<void> save() const;

 private:
  explicit ImportedFiles(std::string file) : file_(std::move(file)) {}
  struct Entry {
    LogPlace place;
    std::uint64_t number = 0;  ///< the greater, the later it was noted
  };
  std::string file_;
  std::map<std::string, Entry, std::less<>> entries_;
  std::uint64_t last_number_ = 0;
};

}  // namespace trackalert::app
