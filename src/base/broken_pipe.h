// SPDX-License-Identifier: Apache-2.0
// Whoever hangs up at the wrong moment must not end the process.
#pragma once

#include <pthread.h>
#include <signal.h>

namespace trackalert::base {

/// SIGPIPE, of the calling thread: for what cannot be told to write without it, such as pipes and OpenSSL.
inline void block_broken_pipe() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
}

}  // namespace trackalert::base
