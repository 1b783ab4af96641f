// SPDX-License-Identifier: Apache-2.0
// A part of the day and of the week, by the local clock. A value; any thread.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "schedule/zone.h"

namespace trackalert::channel {

class Hours {
 public:
  /// Always.
  Hours() = default;
  /// "22-6", "8-18", "08:00-18:30": from, and before. Over midnight where the second is the earlier; it may be 24. The
  /// same twice is an error.
  [[nodiscard]] static base::Result<Hours> parse(std::string_view text);
  /// "mon", "Tue", "mon-fri": names in English. Of hours over midnight the day is that on which they begin.
  [[nodiscard]] base::Result<void> limit_days(const std::vector<std::string>& days);

  [[nodiscard]] bool contains(base::WallTime time, const schedule::Zone& zone) const;

 private:
  unsigned from_ = 0;  ///< minute of the day
  unsigned to_ = 24 * 60;
  unsigned days_ = 0x7f;  ///< bit 0: Sunday
};

}  // namespace trackalert::channel
