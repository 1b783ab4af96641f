// SPDX-License-Identifier: Apache-2.0
// A recursive descent over the text. The first complaint wins and is kept in error_; every step returns false after
// one.
#include "base/json_value.h"

#include <charconv>
#include <cstdint>
#include <optional>
#include <ranges>

#include "base/ascii.h"

namespace trackalert::base {
namespace {

/// 'c' (99), or (10) where the byte does not print; signed, as the original showed it.
std::string show(char c) {
  if (c >= 0x20) return fmt::format("'{}' ({})", c, static_cast<int>(c));
  return fmt::format("({})", static_cast<int>(c));
}

void append_utf8(std::string& out, std::uint32_t code) {
  const auto put = [&out](std::uint32_t byte) { out += static_cast<char>(byte); };
  if (code < 0x80) {
    put(code);
  } else if (code < 0x800) {
    put(0xc0 | code >> 6);
    put(0x80 | (code & 0x3f));
  } else if (code < 0x10000) {
    put(0xe0 | code >> 12);
    put(0x80 | (code >> 6 & 0x3f));
    put(0x80 | (code & 0x3f));
  } else {
    put(0xf0 | code >> 18);
    put(0x80 | (code >> 12 & 0x3f));
    put(0x80 | (code >> 6 & 0x3f));
    put(0x80 | (code & 0x3f));
  }
}

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  Result<JsonValue> parse() {
    JsonValue value;
    if (!parse_value(value, 0)) return std::unexpected(Error{error_});
    skip_blanks();
    if (at_ != text_.size()) return fail("unexpected trailing {}", show(text_[at_]));
    return value;
  }

 private:
  bool complain(std::string reason) {
    error_ = std::move(reason);
    return false;
  }

  void skip_blanks() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\n' || text_[at_] == '\r' || text_[at_] == '\t'))
      ++at_;
  }

  /// The next character that is no blank, taken.
  std::optional<char> next_token() {
    skip_blanks();
    if (at_ == text_.size()) return std::nullopt;
    return text_[at_++];
  }

  bool parse_value(JsonValue& out, unsigned depth) {
    if (depth > max_json_depth) return complain("exceeded maximum nesting depth");
    const auto c = next_token();
    if (!c) return complain("unexpected end of input");
    if (*c == '-' || is_digit(*c)) return --at_, parse_number(out);
    switch (*c) {
      case 't':
        return expect("true", out, JsonValue(true));
      case 'f':
        return expect("false", out, JsonValue(false));
      case 'n':
        return expect("null", out, JsonValue());
      case '"': {
        std::string text;
        if (!parse_string(text)) return false;
        out = JsonValue(std::move(text));
        return true;
      }
      case '{':
        return parse_object(out, depth);
      case '[':
        return parse_array(out, depth);
      default:
        return complain("expected value, got " + show(*c));
    }
  }

  bool expect(std::string_view word, JsonValue& out, JsonValue value) {
    --at_;
    const auto got = text_.substr(at_, word.size());
    if (got != word) return complain(fmt::format("parse error: expected {}, got {}", word, got));
    at_ += word.size();
    out = std::move(value);
    return true;
  }

  bool parse_object(JsonValue& out, unsigned depth) {
    JsonValue::Object members;
    auto c = next_token();
    while (c && *c != '}') {
      if (*c != '"') return complain("expected '\"' in object, got " + show(*c));
      std::string name;
      if (!parse_string(name)) return false;
      c = next_token();
      if (!c) break;
      if (*c != ':') return complain("expected ':' in object, got " + show(*c));
      members.emplace_back(std::move(name), JsonValue());
      if (!parse_value(members.back().second, depth + 1)) return false;
      c = next_token();
      if (!c || *c == '}') break;
      if (*c != ',') return complain("expected ',' in object, got " + show(*c));
      c = next_token();
      if (c && *c == '}') return complain("expected '\"' in object, got " + show(*c));
    }
    if (!c) return complain("unexpected end of input");
    out = JsonValue(std::move(members));
    return true;
  }

  bool parse_array(JsonValue& out, unsigned depth) {
    JsonValue::Array elements;
    skip_blanks();
    if (at_ < text_.size() && text_[at_] == ']') {
      ++at_;
      out = JsonValue(std::move(elements));
      return true;
    }
    while (true) {
      if (!parse_value(elements.emplace_back(), depth + 1)) return false;
      const auto c = next_token();
      if (!c) return complain("unexpected end of input");
      if (*c == ']') break;
      if (*c != ',') return complain("expected ',' in list, got " + show(*c));
    }
    out = JsonValue(std::move(elements));
    return true;
  }

  /// Behind the opening quote, to behind the closing one.
  bool parse_string(std::string& out) {
    while (at_ < text_.size()) {
      const char c = text_[at_++];
      if (c == '"') return true;
      if (static_cast<unsigned char>(c) < 0x20) return complain(fmt::format("unescaped {} in string", show(c)));
      if (c != '\\') {
        out += c;
      } else if (!parse_escape(out)) {
        return false;
      }
    }
    return complain("unexpected end of input in string");
  }

  bool parse_escape(std::string& out) {
    if (at_ == text_.size()) return complain("unexpected end of input in string");
    const char c = text_[at_++];
    switch (c) {
      case '"':
      case '\\':
      case '/':
        out += c;
        return true;
      case 'b':
        out += '\b';
        return true;
      case 'f':
        out += '\f';
        return true;
      case 'n':
        out += '\n';
        return true;
      case 'r':
        out += '\r';
        return true;
      case 't':
        out += '\t';
        return true;
      case 'u':
        break;
      default:
        return complain("invalid escape character " + show(c));
    }
    auto code = parse_hex4(at_);
    if (!code) return complain(fmt::format("bad \\u escape: {}", text_.substr(at_, 4)));
    at_ += 4;
    if (*code >= 0xd800 && *code < 0xdc00 && text_.substr(at_, 2) == "\\u") {
      const auto low = parse_hex4(at_ + 2);
      if (low && *low >= 0xdc00 && *low < 0xe000) {
        code = 0x10000 + ((*code - 0xd800) << 10) + (*low - 0xdc00);
        at_ += 6;
      }
    }
    append_utf8(out, *code);  // a lone surrogate passes as three bytes
    return true;
  }

  [[nodiscard]] std::optional<std::uint32_t> parse_hex4(std::size_t from) const {
    const auto digits = from <= text_.size() ? text_.substr(from, 4) : std::string_view();
    std::uint32_t code = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), code, 16);
    if (digits.size() != 4 || error != std::errc{} || end != digits.data() + 4) return std::nullopt;
    return code;
  }

  [[nodiscard]] bool digit_here() const { return at_ < text_.size() && is_digit(text_[at_]); }

  void skip_digits() {
    while (digit_here()) ++at_;
  }

  bool parse_number(JsonValue& out) {
    const std::size_t start = at_;
    if (text_[at_] == '-') ++at_;
    if (at_ < text_.size() && text_[at_] == '0') {
      ++at_;
      if (digit_here()) return complain("leading 0s not permitted in numbers");
    } else if (digit_here()) {
      skip_digits();
    } else {
      return complain(fmt::format("invalid {} in number", show(at_ < text_.size() ? text_[at_] : '\0')));
    }
    if (at_ < text_.size() && text_[at_] == '.') {
      ++at_;
      if (!digit_here()) return complain("at least one digit required in fractional part");
      skip_digits();
    }
    if (at_ < text_.size() && (text_[at_] == 'e' || text_[at_] == 'E')) {
      ++at_;
      if (at_ < text_.size() && (text_[at_] == '+' || text_[at_] == '-')) ++at_;
      if (!digit_here()) return complain("at least one digit required in exponent");
      skip_digits();
    }
    double number = 0;
    const auto text = text_.substr(start, at_ - start);
    // Out of range leaves 0 (too small) or infinity (too large), as strtod would.
    if (std::from_chars(text.data(), text.data() + text.size(), number).ec == std::errc::result_out_of_range) {
      number = std::strtod(std::string(text).c_str(), nullptr);
    }
    out = JsonValue(number);
    return true;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::string error_;
};

}  // namespace

const JsonValue* JsonValue::find(std::string_view name) const {
  const auto* members = as_object();
  if (members == nullptr) return nullptr;
  for (const auto& [key, value] : std::views::reverse(*members)) {
    if (key == name) return &value;
  }
  return nullptr;
}

Result<JsonValue> parse_json(std::string_view text) {
  return Parser(text).parse();
}

}  // namespace trackalert::base
