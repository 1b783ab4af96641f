// SPDX-License-Identifier: Apache-2.0
// Login attempts in what other software writes down: one class for each form, behind one interface.
//
// Every line is hostile: names in it were chosen by whoever tried to log in. What a line says is read from its fixed
// ends, so that a name that looks like the rest of a line does not become an address.
//
// Threads: an object by one at a time.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "history/event.h"
#include "login/report.h"
#include "schedule/zone.h"

namespace trackalert::logs {

inline constexpr std::size_t max_login_bytes = 1024;  ///< a line with a longer one is bad
inline constexpr unsigned max_repeats = 100;          ///< attempts that one line may stand for

/// What became of a line. The reason is a constant text, to count by.
struct Reading {
  enum class Kind {
    attempts,  ///< at least one
    other,     ///< nothing about a login
    bad,       ///< it should have been one, and cannot be read
  };
  Kind kind = Kind::other;
  std::string_view reason;
};

class Format {
 public:
  virtual ~Format() = default;
  /// One line without its end. The attempts that it tells of are put behind `out`, with their time.
  virtual Reading read(std::string_view line, std::vector<login::Report>& out) = 0;
};

/// What a line leaves out.
struct Context {
  const schedule::Zone& zone;  ///< of times without one; must outlive the format
  history::Time reference;     ///< a time without a year is the last such before this, or within a day after it
  /// If given, the reference is what it says at the time of the line, and not the above.
  const base::Clock* clock = nullptr;

  [[nodiscard]] history::Time now() const {
    return clock == nullptr ? reference : clock->now().time_since_epoch().count();
  }
};

struct FormatRow {
  std::string_view name;
  std::string_view what;
  std::unique_ptr<Format> (*make)(const Context& context);
};

[[nodiscard]] std::span<const FormatRow> formats();
/// Null if there is none of that name.
[[nodiscard]] const FormatRow* format_by_name(std::string_view name);
/// The one that finds the most attempts in these lines; if none finds any, one that knows more than half of them as
/// lines about other things; else null.
[[nodiscard]] const FormatRow* detect_format(std::span<const std::string> lines, const Context& context);

}  // namespace trackalert::logs
