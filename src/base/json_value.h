// SPDX-License-Identifier: Apache-2.0
// A small JSON tree, and a parser that is as lenient about bytes, and says the same reasons, as the one that the
// clients of the original know: invalid UTF-8 and lone surrogates pass, everything else is strict. For cold paths;
// reports go through simdjson first (login/parse.h) and come here only to be understood or explained.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/result.h"

namespace trackalert::base {

class JsonValue {
 public:
  using Array = std::vector<JsonValue>;
  /// In the order of the text. find() returns the last of equal names.
  using Object = std::vector<std::pair<std::string, JsonValue>>;

  JsonValue() = default;
  template <class T>
  explicit JsonValue(T value) : data_(std::move(value)) {}

  [[nodiscard]] bool is_null() const { return std::holds_alternative<std::nullptr_t>(data_); }
  [[nodiscard]] const bool* as_bool() const { return std::get_if<bool>(&data_); }
  [[nodiscard]] const double* as_number() const { return std::get_if<double>(&data_); }
  [[nodiscard]] const std::string* as_string() const { return std::get_if<std::string>(&data_); }
  [[nodiscard]] const Array* as_array() const { return std::get_if<Array>(&data_); }
  [[nodiscard]] const Object* as_object() const { return std::get_if<Object>(&data_); }
  /// The member of that name, or nullptr where there is none or this is no object.
  [[nodiscard]] const JsonValue* find(std::string_view name) const;

 private:
  std::variant<std::nullptr_t, bool, double, std::string, Array, Object> data_ = nullptr;
};

/// Deeper nesting is refused.
inline constexpr unsigned max_json_depth = 200;

/// The whole of `text` as one value, or the reason in the words of json11.
[[nodiscard]] Result<JsonValue> parse_json(std::string_view text);

}  // namespace trackalert::base
