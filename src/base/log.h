// SPDX-License-Identifier: Apache-2.0
// The daemon's log: syslog for everything, standard output for an operator or a container. One line a message, the
// message alone without a level (scripts parse it, see docs/differences.md). Any thread may call any method.
//
// Never pass a secret. Text that came from outside goes through escape_control() first, so that it cannot forge a line.
#pragma once

#include <fmt/format.h>

#include <atomic>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>

namespace trackalert::base {

/// The numbers of syslog(3).
enum class Level : int { error = 3, warning = 4, notice = 5, info = 6, debug = 7 };

class Log {
 public:
  struct Options {
    int stdout_level = 6;            ///< lines up to this level go to standard output; below 3: none
    bool stdout_timestamps = false;  ///< each line starts with [YYYY-MM-DD HH:MM:SS,mmm], local time
    bool verbose = false;            ///< whether verbose() and debug() write at all
    bool syslog = true;
    int facility = 3 << 3;  ///< LOG_DAEMON
    std::string ident = "trackalert";
    /// In place of standard output, for tests.
    std::function<void(Level, std::string_view)> sink;
  };

  Log() : Log(Options{}) {}
  explicit Log(Options options);
  ~Log();
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;

  void write(Level level, std::string_view message);

  template <class... Args>
  void error(fmt::format_string<Args...> format, Args&&... args) {
    write(Level::error, fmt::format(format, std::forward<Args>(args)...));
  }
  template <class... Args>
  void warning(fmt::format_string<Args...> format, Args&&... args) {
    write(Level::warning, fmt::format(format, std::forward<Args>(args)...));
  }
  template <class... Args>
  void notice(fmt::format_string<Args...> format, Args&&... args) {
    write(Level::notice, fmt::format(format, std::forward<Args>(args)...));
  }
  template <class... Args>
  void info(fmt::format_string<Args...> format, Args&&... args) {
    write(Level::info, fmt::format(format, std::forward<Args>(args)...));
  }
  /// Level info, but only in verbose mode (-v).
  template <class... Args>
  void verbose_info(fmt::format_string<Args...> format, Args&&... args) {
    if (options_.verbose) write(Level::info, fmt::format(format, std::forward<Args>(args)...));
  }
  /// Level debug, and only in verbose mode (-v).
  template <class... Args>
  void debug(fmt::format_string<Args...> format, Args&&... args) {
    if (options_.verbose) write(Level::debug, fmt::format(format, std::forward<Args>(args)...));
  }

  [[nodiscard]] bool verbose() const { return options_.verbose; }
  /// From now on only syslog (modes -s and -d).
  void silence_stdout() { stdout_on_ = false; }

 private:
  const Options options_;
  std::atomic<bool> stdout_on_{true};
  std::mutex stdout_mutex_;
};

/// Control characters as \n, \r, \t or \xNN, so that what a client sends stays inside its line.
[[nodiscard]] std::string escape_control(std::string_view text);

/// The number of a syslog facility's name ("local0"), or -1.
[[nodiscard]] int facility_by_name(std::string_view name);

}  // namespace trackalert::base
