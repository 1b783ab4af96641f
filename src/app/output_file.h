// SPDX-License-Identifier: Apache-2.0
// A file, or standard output, that is written in pieces. The first error stays and is told at the end.
//
// Threads: one.
#pragma once

#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

namespace trackalert::app {

class OutputFile {
 public:
  /// Whom a file that this makes lets read it. What names logins is for its owner.
  enum class Readers { owner, all };
  /// "-" is standard output.
  static base::Result<OutputFile> open(const std::string& file, Readers readers = Readers::owner);
  /// What it writes to; for those that write by themselves.
  [[nodiscard]] std::FILE* stream() const { return own_ ? own_.get() : stdout; }

  void write(std::string_view text);
  [[nodiscard]] bool good() const { return error_ == 0; }
  /// All is with the system. Closes it; an error says what could not be written.
  base::Result<void> finish();
  /// Bytes so far.
  [[nodiscard]] std::uint64_t written() const { return written_; }

 private:
  struct Close {
    void operator()(std::FILE* opened) const { std::fclose(opened); }
  };
  OutputFile(std::FILE* own, std::string name) : own_(own), name_(std::move(name)) {}

  std::unique_ptr<std::FILE, Close> own_;  ///< null: standard output
  std::string name_;
  std::uint64_t written_ = 0;
  int error_ = 0;
};

/// The whole of a file at once.
base::Result<void> write_whole(const std::string& file, std::string_view text,
                               OutputFile::Readers readers = OutputFile::Readers::owner);

}  // namespace trackalert::app
