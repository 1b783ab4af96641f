// SPDX-License-Identifier: Apache-2.0
// How a subcommand comes to the history of a configuration: through the console of the daemon that has it open, or, if
// none runs, by opening the directory itself. The directory's lock sees to it that never both happen.
//
// Threads: one.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "alert/watch.h"
#include "app/scratch_folder.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/result.h"
#include "history/rocksdb/local_history.h"
#include "metrics/registry.h"
#include "policy/settings.h"

namespace trackalert::app {

class HistoryDoor {
 public:
  /// Reads the configuration, whose folder becomes the working directory.
  static base::Result<std::unique_ptr<HistoryDoor>> find(const std::optional<std::string>& config_file);

  /// What the daemon's console answers to a function of one text, its "Error: ..." as an error; none if no daemon
  /// listens there.
  base::Result<std::optional<std::string>> ask_daemon(std::string_view function, std::string_view text);
  /// The same of any command.
  base::Result<std::optional<std::string>> tell_daemon(const std::string& command);
  /// Opens the history of the configuration, or a copy of it in another folder; nothing happens in it by itself.
  base::Result<std::unique_ptr<history::rocksdb::LocalHistory>> open(const std::optional<std::string>& folder = {});

  /// A history to read for as long as it takes.
  struct Copy {
    ScratchFolder folder;  ///< of the copy, if there is one
    std::unique_ptr<history::rocksdb::LocalHistory> history;
  };
  /// Of the running daemon a backup, hard links mostly; without one the directory itself.
  base::Result<Copy> open_copy();

  /// The alerts beside that history. Nobody judges, and nothing happens by itself.
  base::Result<std::unique_ptr<alert::Watch>> open_alerts(const history::History& history);

  /// An error if there is no setHistoryDir(). Absolute.
  [[nodiscard]] base::Result<std::string> folder() const;
  [[nodiscard]] const history::Options& options() const { return settings_.history; }
  [[nodiscard]] const base::Clock& clock() const { return clock_; }
  [[nodiscard]] base::Log& log() { return log_; }

 private:
  HistoryDoor();
  base::SystemClock clock_;
  base::Log log_;
  metrics::Registry registry_;
  policy::Settings settings_;
};

/// As a text in Lua.
[[nodiscard]] std::string lua_quoted(std::string_view text);

/// "trackalert: ..." on standard error; returns 1.
int complain(const base::Error& error);

}  // namespace trackalert::app
