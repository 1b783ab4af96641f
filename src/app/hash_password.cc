// SPDX-License-Identifier: Apache-2.0
#include "app/hash_password.h"

#include <fmt/core.h>
#include <termios.h>
#include <unistd.h>

#include <iostream>
#include <string>

#include "crypto/password.h"

namespace trackalert::app {
namespace {

/// Turns the terminal's echo off for its lifetime.
class NoEcho {
 public:
  NoEcho() : on_terminal_(isatty(STDIN_FILENO) != 0 && tcgetattr(STDIN_FILENO, &before_) == 0) {
    if (!on_terminal_) return;
    fmt::print(stderr, "Password: ");
    termios silent = before_;
    silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
  }
  ~NoEcho() {
    if (!on_terminal_) return;
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_);
    fmt::print(stderr, "\n");
  }
  NoEcho(const NoEcho&) = delete;
  NoEcho& operator=(const NoEcho&) = delete;

 private:
  termios before_{};
  bool on_terminal_;
};

}  // namespace

int hash_password_from_stdin() {
  std::string password;
  {
    const NoEcho quiet;
    std::getline(std::cin, password);
  }
  if (password.empty()) {
    fmt::print(stderr, "No password on standard input\n");
    return 1;
  }
  const auto hash = crypto::hash_password(password);
  if (!hash) {
    fmt::print(stderr, "{}\n", hash.error().message);
    return 1;
  }
  fmt::print("{}\n", *hash);
  return 0;
}

}  // namespace trackalert::app
