// SPDX-License-Identifier: Apache-2.0
// What the main thread waits for: signals, and the daemon's own wish to stop. Signals are caught by handlers and not by
// a blocked mask, since processes started by a policy (os.execute) would inherit the mask.
#pragma once

namespace trackalert::app {

/// One per process: its handlers need a place that a signal handler can reach.
class Signals {
 public:
  enum class Event { stop, reload };

  /// Installs the handlers: SIGTERM, SIGINT and SIGQUIT stop, SIGHUP reloads, SIGPIPE and SIGXFSZ do nothing.
  Signals();
  ~Signals();
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;

  /// Waits for the next event; a stop comes before a reload.
  Event wait();
  /// Makes wait() return stop. Any thread.
  void request_stop();
};

}  // namespace trackalert::app
