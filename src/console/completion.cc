// SPDX-License-Identifier: Apache-2.0
#include "console/completion.h"

#include <algorithm>

namespace trackalert::console {

Completion complete(std::string_view before_cursor, const std::vector<std::string>& words) {
  Completion out;
  if (before_cursor.find(' ') != before_cursor.npos) return out;
  for (const auto& word : words) {
    if (word.starts_with(before_cursor)) out.choices.emplace_back(word);
  }
  if (out.choices.empty()) return out;
  std::string_view common = out.choices.front();
  for (const auto choice : out.choices)
    common = common.substr(0, std::ranges::mismatch(common, choice).in1 - common.begin());
  out.insert = common.substr(before_cursor.size());
  if (!out.insert.empty() || out.choices.size() == 1) out.choices.clear();
  return out;
}

}  // namespace trackalert::console
