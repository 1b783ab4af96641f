// SPDX-License-Identifier: Apache-2.0
#include "app/arguments.h"

#include <algorithm>

namespace trackalert::app {
namespace {

const ArgumentRow* find_row(std::span<const ArgumentRow> rows, std::string_view name) {
  const auto is_it = [&](const ArgumentRow& row) {
    return row.name == name || (name.size() == 2 && row.letter != 0 && name[1] == row.letter);
  };
  const auto at = std::ranges::find_if(rows, is_it);
  return at == rows.end() ? nullptr : &*at;
}

}  // namespace

base::Result<Arguments> Arguments::parse(std::span<const std::string> words, std::span<const ArgumentRow> rows) {
  Arguments out;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const auto& word = words[i];
    if (word == "--") {
      out.words_.insert(out.words_.end(), words.begin() + static_cast<std::ptrdiff_t>(i) + 1, words.end());
      break;
    }
    if (word.size() < 2 || word[0] != '-') {
      out.words_.push_back(word);
      continue;
    }
    const auto equals = word.starts_with("--") ? word.find('=') : std::string::npos;
    const auto* row = find_row(rows, std::string_view(word).substr(0, equals));
    if (row == nullptr) return base::fail("there is no option {}", word.substr(0, equals));
    auto& values = out.values_[std::string(row->name)];
    if (row->takes_two) {
      if (equals != std::string::npos || i + 2 >= words.size()) return base::fail("{} wants two values", row->name);
      values = {words[i + 1], words[i + 2]};
      i += 2;
    } else if (!row->takes_value) {
      if (equals != std::string::npos) return base::fail("{} takes no value", row->name);
      values.emplace_back();
    } else if (equals != std::string::npos) {
      values.push_back(word.substr(equals + 1));
    } else if (i + 1 < words.size()) {
      values.push_back(words[++i]);
    } else {
      return base::fail("{} wants a value", row->name);
    }
  }
  return out;
}

std::optional<std::string> Arguments::value(std::string_view name) const {
  const auto at = values_.find(name);
  return at == values_.end() || at->second.empty() ? std::nullopt : std::optional(at->second.back());
}

std::vector<std::string> Arguments::values(std::string_view name) const {
  const auto at = values_.find(name);
  return at == values_.end() ? std::vector<std::string>() : at->second;
}

}  // namespace trackalert::app
