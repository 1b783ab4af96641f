// SPDX-License-Identifier: Apache-2.0
// Writes JSON text with the separators ", " and ": " that the original's clients saw. Bytes outside ASCII pass through.
#pragma once

#include <concepts>
#include <string>
#include <string_view>

namespace trackalert::base {

/// `text` as a JSON string with its quotes.
void append_json_string(std::string& out, std::string_view text);
[[nodiscard]] std::string json_string(std::string_view text);
/// The shortest decimal that reads back as `value`; null for what JSON cannot say (NaN, infinities).
[[nodiscard]] std::string json_number(double value);

/// JsonWriter w; w.begin_object(); w.key("a").value("x"); w.end_object(); w.text()
class JsonWriter {
 public:
  JsonWriter& begin_object() { return open('{'); }
  JsonWriter& end_object() { return close('}'); }
  JsonWriter& begin_array() { return open('['); }
  JsonWriter& end_array() { return close(']'); }
  JsonWriter& key(std::string_view name);
  JsonWriter& value(std::string_view text);
  JsonWriter& value(const char* text) { return value(std::string_view(text)); }
  JsonWriter& value(bool flag);
  JsonWriter& value(double number);
  JsonWriter& value(std::integral auto number) { return raw(std::to_string(number)); }
  JsonWriter& null() { return raw("null"); }
  /// Text that is JSON already.
  JsonWriter& raw(std::string_view json);

  [[nodiscard]] const std::string& text() const& { return out_; }
  [[nodiscard]] std::string text() && { return std::move(out_); }

 private:
  JsonWriter& open(char bracket);
  JsonWriter& close(char bracket);
  void separate();

  std::string out_;
  bool need_comma_ = false;
};

}  // namespace trackalert::base
