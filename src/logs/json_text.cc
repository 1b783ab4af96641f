// SPDX-License-Identifier: Apache-2.0
#include "logs/json_text.h"

#include "history/time_text.h"

namespace trackalert::logs {

const std::string* find_text(const base::JsonValue& object, std::string_view name) {
  const auto* member = object.find(name);
  return member == nullptr ? nullptr : member->as_string();
}

std::string_view text_in(const base::JsonValue& object, std::string_view name) {
  const auto* text = find_text(object, name);
  return text == nullptr ? std::string_view() : std::string_view(*text);
}

std::optional<history::Time> time_of_value(const base::JsonValue& value) {
  if (const auto* text = value.as_string()) {
    const auto time = history::parse_time(*text, 0);
    return time ? std::optional(*time) : std::nullopt;
  }
  const auto* number = value.as_number();
  if (number == nullptr) return std::nullopt;
  constexpr double milliseconds_from = 1e11;  // as seconds, the year 5138
  return history::time_from_seconds(*number > milliseconds_from ? *number / 1000 : *number);
}

}  // namespace trackalert::logs
