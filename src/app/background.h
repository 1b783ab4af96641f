// SPDX-License-Identifier: Apache-2.0
// Going to the background in a way that whoever started the daemon learns how that went: the process that was started
// waits for the one in the background and ends with the status that the start deserves.
#pragma once

#include "base/descriptor.h"
#include "base/log.h"
#include "base/result.h"

namespace trackalert::app {

class Background {
 public:
  /// Forks; there must be one thread only. Returns in the background, in a session of its own, its standard streams
  /// closed. The process that called ends when the other has said how the start went, or is gone: with 0, or with 1 and
  /// the reason in its log.
  static Background enter(base::Log& log);

  /// To be called once: the start has come to its end.
  void tell(const base::Result<void>& started);

 private:
  explicit Background(base::Descriptor line) : line_(std::move(line)) {}
  base::Descriptor line_;  ///< to the process that waits
};

}  // namespace trackalert::app
