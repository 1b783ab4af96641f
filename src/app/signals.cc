// SPDX-License-Identifier: Apache-2.0
#include "app/signals.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdint>

namespace trackalert::app {
namespace {

// Handlers have no other way to their object; lock-free atomics are safe in them.
std::atomic<int> wake_fd{-1};
std::atomic<bool> stop_wanted{false};
std::atomic<bool> reload_wanted{false};

void wake() {
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = write(wake_fd, &one, sizeof one);
}

void on_stop(int /*signal*/) {
  const int saved = errno;
  stop_wanted = true;
  wake();
  errno = saved;
}

void on_reload(int /*signal*/) {
  const int saved = errno;
  reload_wanted = true;
  wake();
  errno = saved;
}

void on_nothing(int /*signal*/) {}

void install(int signal, void (*handler)(int)) {
  struct sigaction action{};
  action.sa_handler = handler;
  action.sa_flags = SA_RESTART;
  sigemptyset(&action.sa_mask);
  sigaction(signal, &action, nullptr);
}

}  // namespace

Signals::Signals() {
  wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  for (const int signal : {SIGTERM, SIGINT, SIGQUIT}) install(signal, &on_stop);
  install(SIGHUP, &on_reload);
  // Not SIG_IGN, which children would inherit. A file that may not grow is for the history to tell.
  for (const int signal : {SIGPIPE, SIGXFSZ}) install(signal, &on_nothing);
}

Signals::~Signals() {
  for (const int signal : {SIGTERM, SIGINT, SIGQUIT, SIGHUP}) install(signal, SIG_DFL);
  close(wake_fd.exchange(-1));
}

Signals::Event Signals::wait() {
  while (true) {
    if (stop_wanted.exchange(false)) return Event::stop;
    if (reload_wanted.exchange(false)) return Event::reload;
    pollfd descriptor{wake_fd, POLLIN, 0};
    poll(&descriptor, 1, -1);
    std::uint64_t count = 0;
    [[maybe_unused]] const auto got = read(wake_fd, &count, sizeof count);
  }
}

void Signals::request_stop() {
  stop_wanted = true;
  wake();
}

}  // namespace trackalert::app
