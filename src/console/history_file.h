// SPDX-License-Identifier: Apache-2.0
// The interactive console's history: plain text, one line each, oldest first, as readline wrote it.
#pragma once

#include <deque>
#include <string>
#include <string_view>

namespace trackalert::console {

/// Whether a line sets a secret, or looks as if: such lines are never kept.
[[nodiscard]] bool mentions_secret(std::string_view line);

/// Not thread safe. A file that cannot be read or written is as good as none: the history then lasts for the session.
class HistoryFile {
 public:
  static constexpr std::size_t max_lines = 1000;
  static constexpr std::size_t max_bytes = std::size_t{256} * 1024;

  /// Reads the last max_lines within the last max_bytes of `path`, and cuts a longer file to them. An empty path is no
  /// file.
  explicit HistoryFile(std::string path);

  [[nodiscard]] const std::deque<std::string>& lines() const { return lines_; }

  /// Keeps the line and appends it to the file, unless it is empty, repeats the last one, or mentions a secret. A new
  /// file is readable by its owner only. Returns whether it was kept.
  bool add(std::string_view line);

 private:
  void keep(std::string_view line);
  void write(std::string_view text, int flags) const;

  std::string path_;
  std::deque<std::string> lines_;
};

}  // namespace trackalert::console
