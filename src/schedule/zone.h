// SPDX-License-Identifier: Apache-2.0
// What the local clock reads: an offset from UTC that changes now and then.
#pragma once

#include <chrono>

namespace trackalert::schedule {

/// No local clock is further from UTC.
inline constexpr std::chrono::hours max_offset{26};

/// Implementations are safe to call from any thread.
class Zone {
 public:
  virtual ~Zone() = default;
  /// Local time minus UTC, between -max_offset and max_offset.
  [[nodiscard]] virtual std::chrono::seconds offset_at(std::chrono::sys_seconds when) const = 0;
};

/// The zone of the process as the C library has it: the environment variable TZ (names and POSIX rules alike), else
/// /etc/localtime, else UTC. So schedules agree with cron(8), date(1) and the log's own time stamps. The zone is read
/// when the object is made.
class LocalZone final : public Zone {
 public:
  LocalZone();
  [[nodiscard]] std::chrono::seconds offset_at(std::chrono::sys_seconds when) const override;
};

/// A time in which the offset stays the same: [begin, end).
struct Stretch {
  std::chrono::sys_seconds begin;
  std::chrono::sys_seconds end;
  std::chrono::seconds offset;
};

/// The stretch that begins at `from`. It ends where the offset changes, and after some hours even where it does not, so
/// walk on from its end. A change that is undone within those hours may go unnoticed.
[[nodiscard]] Stretch stretch_from(const Zone& zone, std::chrono::sys_seconds from);

}  // namespace trackalert::schedule
