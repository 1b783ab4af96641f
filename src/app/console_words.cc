// SPDX-License-Identifier: Apache-2.0
#include "app/console_words.h"

#include "policy/function_table.h"

namespace trackalert::app {

std::vector<std::string> console_words() {
  std::vector<std::string> words;
  for (const auto& row : policy::all_functions()) {
    words.push_back(row.name + std::string(row.parameters.empty() ? "()" : "("));
  }
  return words;
}

}  // namespace trackalert::app
