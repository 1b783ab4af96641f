// SPDX-License-Identifier: Apache-2.0
#include "app/line_counts.h"

#include <fmt/format.h>

namespace trackalert::app {

void LineCounts::skip(std::string_view reason, std::string_view input, std::uint64_t line, std::uint64_t count) {
  auto at = skipped.find(reason);
  if (at == skipped.end()) {
    const std::string name(skipped.size() < most_reasons ? reason : "other reasons");
    at = skipped.try_emplace(name).first;
    if (at->second.first.empty()) at->second.first = fmt::format("{}, line {}", input, line);
  }
  at->second.count += count;
}

void LineCounts::add(const LineCounts& more) {
  lines += more.lines;
  other += more.other;
  again += more.again;
  for (const auto& [reason, entry] : more.skipped) {
    auto& ours = skipped[reason];
    ours.count += entry.count;
    if (ours.first.empty()) ours.first = entry.first;
  }
}

std::uint64_t LineCounts::skipped_in_all() const {
  std::uint64_t sum = 0;
  for (const auto& [reason, entry] : skipped) sum += entry.count;
  return sum;
}

}  // namespace trackalert::app
