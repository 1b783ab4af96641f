// SPDX-License-Identifier: Apache-2.0
// One file of an import: its lines through the format that they have, as reports, with what was passed over.
//
// Threads: an object by one at a time.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "app/line_counts.h"
#include "base/result.h"
#include "logs/format.h"
#include "logs/line_source.h"

namespace trackalert::app {

/// A place in a file, by what stands before it, so that it is found again in a file that has grown, got another name or
/// was compressed.
struct LogPlace {
  std::string first;  ///< hash of the first line
  std::string last;   ///< of the last line before the place
  std::uint64_t lines = 0;
  std::uint64_t bytes = 0;  ///< of the lines, without their ends
  bool operator==(const LogPlace&) const = default;
};

class LogInput {
 public:
  /// May return null, if there is no memory.
  using MakeFormat = std::function<std::unique_ptr<logs::Format>(const logs::Context&)>;
  struct Terms {
    const schedule::Zone& zone;
    history::Time now;
    MakeFormat make;          ///< null: it is detected
    std::string format_name;  ///< of make
    /// Where an earlier import of a file with this first line ended.
    std::function<std::optional<LogPlace>(const std::string& first)> known;
    /// Asked every thousand lines; false: every file is at its end.
    std::function<bool()> go_on;
  };

  /// Opens it and looks at the begin: what form it has, and the time of its first attempt. `terms` must outlive it.
  static base::Result<std::unique_ptr<LogInput>> open(const std::string& name, const Terms& terms);

  /// The next report, until pop(); null at the end. An error: the file is damaged from here on.
  base::Result<login::Report*> peek();
  void pop();

  /// Closes a file until the next peek(), so that it takes no memory before its turn comes. Only before the first one;
  /// a pipe stays open.
  void rest();

  [[nodiscard]] const std::string& name() const { return name_; }
  /// Empty: its lines have none that is known.
  [[nodiscard]] const std::string& format() const { return format_name_; }
  /// Whether there was anything behind what an earlier import took.
  [[nodiscard]] bool has_lines() const { return has_lines_; }
  /// Of the first attempt, in seconds since 1970; nothing if the first lines have none.
  [[nodiscard]] std::optional<double> first_time() const { return first_time_; }
  /// All lines before it have been read, and their reports popped. Nothing for a pipe, which has no place to come back
  /// to, and before the first line.
  [[nodiscard]] std::optional<LogPlace> place() const;
  [[nodiscard]] const LineCounts& counts() const { return counts_; }
  /// Counts the report that peek() gave as passed over.
  void skip(std::string_view reason) { counts_.skip(reason, name_, number_); }
  /// Bytes of the file so far and in all, as logs::LineSource has them.
  [[nodiscard]] std::uint64_t bytes_used() const { return source_ ? source_->bytes_used() : bytes_used_; }
  [[nodiscard]] std::optional<std::uint64_t> bytes_in_all() const { return bytes_in_all_; }

 private:
  LogInput(std::string name, const Terms& terms) : name_(std::move(name)), terms_(terms), make_(terms.make) {}
  base::Result<void> open_source();
  bool pass_over_known();
  void look_ahead();
  void read_ahead(std::size_t most_lines, std::size_t most_bytes);
  void choose_format(const logs::Context& context);
  base::Result<std::optional<std::string_view>> next_line();
  base::Result<bool> read_line();
  void end();

  /// Lines and their bytes so far.
  struct Position {
    std::uint64_t lines = 0;
    std::uint64_t bytes = 0;
  };

  const std::string name_;
  const Terms& terms_;
  std::unique_ptr<logs::LineSource> source_;
  MakeFormat make_;
  std::unique_ptr<logs::Format> format_;
  std::string format_name_;
  std::optional<double> first_time_;
  std::optional<std::uint64_t> bytes_in_all_;
  std::uint64_t bytes_used_ = 0;  ///< of a file that is closed
  history::Time reference_ = 0;
  bool has_lines_ = false;
  bool ended_ = false;

  std::vector<std::string> ahead_;  ///< lines that were looked at and are still to be read
  std::vector<std::uint64_t> ahead_numbers_;
  std::size_t next_ahead_ = 0;
  std::vector<login::Report> found_;
  std::size_t next_found_ = 0;
  std::uint64_t number_ = 0;  ///< of the line that found_ is from
  std::string first_line_;
  std::string line_;  ///< the last one that was read
  Position at_;       ///< behind it
  std::string done_line_;
  Position done_;  ///< behind the line before
  LineCounts counts_;
};

}  // namespace trackalert::app
