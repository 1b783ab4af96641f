// SPDX-License-Identifier: Apache-2.0
// The lines of a file as they are written to it, through rotation: by renaming (the old file is read to its end, then
// the new one) and by copying and truncating. Its place can be kept and found again, also in a file that was renamed
// meanwhile.
//
// Threads: an object by one at a time.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/descriptor.h"
#include "base/result.h"
#include "logs/line_source.h"

namespace trackalert::logs {

/// Behind a line. The begin of the file is part of it, since numbers of files are used again.
struct FilePlace {
  std::uint64_t inode = 0;
  std::uint64_t offset = 0;
  std::uint64_t head_bytes = 0;
  std::string head;  ///< hash of so many bytes at the begin
  bool operator==(const FilePlace&) const = default;
};

class TailFile {
 public:
  struct Start {
    std::optional<FilePlace> place;  ///< nothing: at the end of what is there, or
    bool at_begin = false;           ///< ... at its begin
  };
  TailFile(std::string name, Start start, std::size_t most_line_bytes = usual_line_bytes);

  /// The next whole line without its end, valid until the next call; nothing: there is none at present, and perhaps no
  /// file. A line that is too long is passed over. An error: the file cannot be read at present.
  base::Result<std::optional<std::string_view>> next();
  /// Behind the line that next() gave last, or where it will begin; nothing: there is no file yet.
  [[nodiscard]] std::optional<FilePlace> place();
  /// What somebody should know: lines that were lost because the file was changed while nobody looked. Once.
  [[nodiscard]] std::string take_notice() { return std::exchange(notice_, {}); }
  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] std::uint64_t too_long() const { return too_long_; }

 private:
  base::Result<bool> open_first();
  bool continue_at(const std::string& file, const FilePlace& place);
  bool find_renamed(const FilePlace& place);
  void use(base::Descriptor file, std::uint64_t inode, std::uint64_t offset);
  base::Result<std::size_t> fill();
  std::optional<std::string_view> take_line();
  bool was_truncated() const;
  std::string next_file() const;
  bool follow_rename();

  const std::string name_;
  Start start_;
  const std::size_t most_line_bytes_;
  base::Descriptor file_;
  std::uint64_t inode_ = 0;
  std::uint64_t offset_ = 0;  ///< in the file, of buffer_[begin_]
  std::string head_;          ///< the begin of the file as it was read, to know it again
  std::vector<char> buffer_;
  std::size_t begin_ = 0;
  std::size_t scanned_ = 0;
  std::size_t end_ = 0;
  bool passing_over_ = false;
  std::uint64_t too_long_ = 0;
  std::string notice_;
};

}  // namespace trackalert::logs
