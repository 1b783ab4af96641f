// SPDX-License-Identifier: Apache-2.0
#include "app/background.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <string>
#include <system_error>

namespace trackalert::app {
namespace {

/// What goes over the line: this byte, and behind it the reason of a failure.
constexpr char started_mark = '+';
constexpr char failed_mark = '-';

/// Everything up to the end of the line.
std::string read_all(int fd) {
  std::string out;
  std::array<char, 512> piece{};
  while (true) {
    const auto got = read(fd, piece.data(), piece.size());
    if (got > 0) {
      out.append(piece.data(), static_cast<std::size_t>(got));
    } else if (got == 0 || errno != EINTR) {
      return out;
    }
  }
}

void write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const auto wrote = write(fd, text.data(), text.size());
    if (wrote < 0 && errno != EINTR) return;  // nobody waits any more
    if (wrote > 0) text.remove_prefix(static_cast<std::size_t>(wrote));
  }
}

[[noreturn]] void wait_and_end(int line, base::Log& log) {
  // Whoever gives up waiting ends this process; the one in the background goes on.
  for (const int signal : {SIGTERM, SIGINT, SIGQUIT, SIGHUP}) ::signal(signal, SIG_DFL);
  const auto told = read_all(line);
  if (told.starts_with(started_mark)) _exit(0);
  log.error("{}", told.empty() ? "The daemon ended before it had started" : told.substr(1));
  _exit(1);
}

[[noreturn]] void fail(base::Log& log, const char* what) {
  log.error("cannot go to the background: {}: {}", what, base::error_text(errno));
  _exit(1);
}

}  // namespace

Background Background::enter(base::Log& log) {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) fail(log, "pipe");
  base::Descriptor from(ends[0]);
  base::Descriptor to(ends[1]);
  const pid_t child = fork();
  if (child < 0) fail(log, "fork");
  if (child > 0) {
    to = {};
    wait_and_end(from.get(), log);
  }
  setsid();
  const base::Descriptor null(::open("/dev/null", O_RDWR | O_CLOEXEC));
  if (!null.valid()) return Background(std::move(to));
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) dup2(null.get(), fd);
  return Background(std::move(to));
}

void Background::tell(const base::Result<void>& started) {
  write_all(line_.get(), started ? std::string(1, started_mark) : failed_mark + started.error().message);
  line_ = {};
}

}  // namespace trackalert::app
