// SPDX-License-Identifier: Apache-2.0
// The journal's messages as they come, as JSON lines, by a journalctl that runs beside us. When it ends, another goes
// on where it was.
//
// Threads: an object by one at a time.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/descriptor.h"
#include "base/result.h"

namespace trackalert::app {

class Journal {
 public:
  struct Start {
    std::string unit;       ///< of which; empty: of all
    std::string cursor;     ///< behind this message; empty: from the last one on, or
    bool at_begin = false;  ///< ... all that it has
  };
  explicit Journal(Start start) : start_(std::move(start)) {}
  /// Ends the journalctl.
  ~Journal();
  Journal(const Journal&) = delete;
  Journal& operator=(const Journal&) = delete;

  /// As Followed::next(). An error: journalctl cannot be started, or has ended; it is started again at a later call.
  base::Result<std::optional<std::string_view>> next();
  /// Of the message that next() gave last; empty: none yet.
  [[nodiscard]] const std::string& cursor() const { return start_.cursor; }
  [[nodiscard]] int descriptor() const { return output_.get(); }

 private:
  base::Result<void> run();
  base::Error end();
  void note_cursor(std::string_view line);

  Start start_;
  pid_t process_ = 0;
  base::Descriptor output_;
  std::string buffer_;
  std::size_t begin_ = 0;
  std::size_t scanned_ = 0;
  bool passing_over_ = false;  ///< a line that is too long
  std::chrono::steady_clock::time_point not_before_;
};

}  // namespace trackalert::app
