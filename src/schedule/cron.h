// SPDX-License-Identifier: Apache-2.0
// Cron expressions, as crontab(5) has them, and when they fire.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "schedule/zone.h"

namespace trackalert::schedule {

/// "MINUTE HOUR DAY MONTH WEEKDAY", separated by blanks. A field is a list ("1,15") of numbers, ranges ("9-17") and
/// steps
/// ("*/5", "9-17/2"); months and weekdays have names ("jan", "MON"), and Sunday is 0 and 7. Or one of @yearly,
/// @annually,
/// @monthly, @weekly, @daily, @midnight and @hourly.
///
/// If day of month and weekday are both restricted, either may match; a field that begins with * is not restricted,
/// and then both must match.
///
/// A value; any thread may call its methods.
class CronExpression {
 public:
  /// Errors: "malformed cron string: EXPR", with the field in question behind it where it is a field;
  /// "cron out of range: EXPR"; "cron expression never fires: EXPR" for a date that no calendar has, as 31 February.
  [[nodiscard]] static base::Result<CronExpression> parse(std::string_view text);

  /// The first firing later than `time`, at second 0 of the local clock. Where the local clock jumps, as cron(8) does:
  /// - minute or hour begin with *: fires whenever the clock reads a time that matches, so not in a skipped hour and
  ///   twice as often in a repeated one;
  /// - else: what falls into a skipped hour fires once, right after the jump, and a repeated hour counts once.
  ///
  /// None if it does not fire within 400 years, after which the calendar repeats itself. That takes an expression
  /// that names only a time which the zone skips, as "* 2 31 3 */7" in Berlin: that Sunday is always the one.
  [[nodiscard]] std::optional<base::WallTime> next_after(base::WallTime time, const Zone& zone) const;

  /// As it was written, but fit for a log line: escaped, and cut off if it is very long.
  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  CronExpression() = default;

  [[nodiscard]] bool names_a_possible_date() const;
  [[nodiscard]] bool matches(std::chrono::local_days day) const;
  [[nodiscard]] std::optional<std::chrono::local_days> first_day(std::chrono::local_days from) const;
  [[nodiscard]] std::optional<std::chrono::minutes> first_time_of_day(std::chrono::minutes from) const;
  [[nodiscard]] std::optional<std::chrono::local_seconds> first_reading(std::chrono::local_seconds from) const;
  [[nodiscard]] std::optional<std::chrono::sys_seconds> next_by_elapsed_time(std::chrono::sys_seconds after,
                                                                             const Zone& zone) const;
  [[nodiscard]] std::optional<std::chrono::sys_seconds> next_once_each(std::chrono::sys_seconds after,
                                                                       const Zone& zone) const;

  // Bit n stands for the value n; Sunday is bit 0.
  std::uint64_t minutes_ = 0;
  std::uint64_t hours_ = 0;
  std::uint64_t days_ = 0;
  std::uint64_t months_ = 0;
  std::uint64_t weekdays_ = 0;
  bool either_day_ = false;       ///< day of month or weekday suffices
  bool by_elapsed_time_ = false;  ///< minute or hour begin with *
  std::string text_;
};

}  // namespace trackalert::schedule
