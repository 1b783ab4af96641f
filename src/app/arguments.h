// SPDX-License-Identifier: Apache-2.0
// The words behind a subcommand: long options, a few with a letter, and plain words. Pure.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace trackalert::app {

struct ArgumentRow {
  std::string_view name;  ///< "--login"
  bool takes_value = true;
  char letter = 0;         ///< 'C' for -C; 0: none
  bool takes_two = false;  ///< two values, each a word of its own
};

class Arguments {
 public:
  /// "--name value" and "--name=value" alike; all behind "--" are plain words.
  static base::Result<Arguments> parse(std::span<const std::string> words, std::span<const ArgumentRow> rows);

  [[nodiscard]] bool has(std::string_view name) const { return values_.contains(name); }
  /// The last one.
  [[nodiscard]] std::optional<std::string> value(std::string_view name) const;
  [[nodiscard]] std::vector<std::string> values(std::string_view name) const;
  [[nodiscard]] const std::vector<std::string>& words() const { return words_; }

 private:
  std::map<std::string, std::vector<std::string>, std::less<>> values_;
  std::vector<std::string> words_;
};

}  // namespace trackalert::app
