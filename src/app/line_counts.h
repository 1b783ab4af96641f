// SPDX-License-Identifier: Apache-2.0
// What became of the lines of an import: how many there were, and which were passed over why. Plain values.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace trackalert::app {

struct LineCounts {
  struct Skipped {
    std::uint64_t count = 0;
    std::string first;  ///< "mail.log, line 17"
  };

  std::uint64_t lines = 0;
  std::uint64_t other = 0;  ///< of no login
  std::uint64_t again = 0;  ///< that an earlier import took
  /// Lines or attempts, by reason. More reasons than most_reasons are counted as one.
  std::map<std::string, Skipped, std::less<>> skipped;

  static constexpr std::size_t most_reasons = 100;
  void skip(std::string_view reason, std::string_view input, std::uint64_t line, std::uint64_t count = 1);
  void add(const LineCounts& more);
  [[nodiscard]] std::uint64_t skipped_in_all() const;
};

}  // namespace trackalert::app
