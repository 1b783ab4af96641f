// SPDX-License-Identifier: Apache-2.0
// The lines of a file, plain or compressed (byte_source.h), or of standard input, in memory that does not grow.
//
//   auto source = LineSource::open("mail.log.1.zst");
//   for (;;) {
//     const auto line = (*source)->next();
//     if (!line) ...  // the file is damaged from here on
//     if (!*line) break;
//     use(**line);
//   }
//
// Threads: an object by one at a time.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "history/event.h"
#include "logs/byte_source.h"

namespace trackalert::logs {

/// What a line may be long, if nobody says otherwise: as much as a report that comes over HTTP.
inline constexpr std::size_t usual_line_bytes = std::size_t{1} << 20;

class LineSource {
 public:
  /// `name` is a file, or "-" for standard input. Lines longer than `most_line_bytes` are passed over.
  static base::Result<std::unique_ptr<LineSource>> open(const std::string& name,
                                                        std::size_t most_line_bytes = usual_line_bytes);
  /// The same of what is open; `name` is for errors.
  static base::Result<std::unique_ptr<LineSource>> from(base::Descriptor file, const std::string& name,
                                                        std::size_t most_line_bytes = usual_line_bytes);

  /// The next line without its "\n" or "\r\n", valid until the next call; nothing at the end. What stands behind the
  /// last "\n" is a line, too, if there is anything.
  ///
  /// An error names the file, and for a damaged archive the byte in it; all whole lines before it have been given. It
  /// comes again when asked again.
  base::Result<std::optional<std::string_view>> next();

  /// Lines so far, with those passed over: the number of the one that next() gave.
  [[nodiscard]] std::uint64_t lines() const { return lines_; }
  /// Lines that were too long.
  [[nodiscard]] std::uint64_t too_long() const { return too_long_; }
  /// Bytes of the file so far, as it lies on the disk.
  [[nodiscard]] std::uint64_t bytes_used() const { return file_.used(); }
  /// Of a file; nothing for pipes.
  [[nodiscard]] std::optional<std::uint64_t> bytes_in_all() const { return size_; }
  /// When a file was last written to; nothing for pipes.
  [[nodiscard]] std::optional<history::Time> modified() const { return modified_; }

 private:
  LineSource(base::Descriptor file, const std::string& name, std::size_t most_line_bytes);
  base::Result<std::size_t> fill();
  std::string_view take(std::size_t bytes, std::size_t with_end);

  RawFile file_;
  std::unique_ptr<ByteSource> bytes_;
  std::optional<std::uint64_t> size_;
  std::optional<history::Time> modified_;
  const std::size_t most_line_bytes_;
  std::vector<char> buffer_;
  std::size_t begin_ = 0;    ///< of the next line
  std::size_t scanned_ = 0;  ///< from begin_ to here there is no end of a line
  std::size_t end_ = 0;
  bool passing_over_ = false;  ///< the line that begins the buffer was too long
  std::uint64_t lines_ = 0;
  std::uint64_t too_long_ = 0;
};

}  // namespace trackalert::logs
