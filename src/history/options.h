// SPDX-License-Identifier: Apache-2.0
// How a history is kept: what setHistoryDir() and its like say. Plain values.
#pragma once

#include <cstdint>
#include <string>

#include "history/event.h"

namespace trackalert::history {

/// When what was accepted is forced from the system's cache onto the disk, which a power loss asks for. (The end of the
/// process loses nothing either way.)
enum class Sync {
  every_second,
  always,  ///< before the client is answered
  never,   ///< when the system sees fit
};

struct Options {
  std::string folder;
  Time retention = 180 * day;          ///< of the log
  Time profile_retention = 400 * day;  ///< of profiles after the last report, and of trends
  Sync sync = Sync::every_second;
  std::size_t memory_bytes = std::size_t{256} << 20;
  std::uint64_t max_disk_bytes = 0;  ///< the oldest goes early beyond it; 0: no limit
  bool pseudonymise = false;         ///< keep a keyed hash in place of each login

  bool operator==(const Options&) const = default;
};

}  // namespace trackalert::history
