// SPDX-License-Identifier: Apache-2.0
#include "channel/clean_text.h"

#include <unicode/uchar.h>
#include <unicode/utf8.h>

namespace trackalert::channel {
namespace {

constexpr std::string_view cut = "...";
constexpr UChar32 unknown = 0xfffd;

bool is_blank(std::int8_t type) {
  return type == U_CONTROL_CHAR || type == U_LINE_SEPARATOR || type == U_PARAGRAPH_SEPARATOR;
}

}  // namespace

std::string clean_text(std::string_view text, std::size_t max_bytes) {
  std::string out;
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(text.data());
  std::size_t at = 0;
  std::size_t fits = 0;  // so much of `out` leaves room for the mark
  while (at < text.size()) {
    UChar32 character = 0;
    U8_NEXT(bytes, at, text.size(), character);  // NOLINT(bugprone-inc-dec-in-conditions): ICU's own macro
    if (character < 0) character = unknown;
    const auto type = u_charType(character);
    if (type == U_FORMAT_CHAR || type == U_SURROGATE) continue;
    if (is_blank(type)) character = ' ';
    std::uint8_t encoded[U8_MAX_LENGTH];
    std::size_t size = 0;
    U8_APPEND_UNSAFE(encoded, size, character);
    if (out.size() + size > max_bytes) {
      out.resize(fits);
      if (fits + cut.size() <= max_bytes) out += cut;
      return out;
    }
    out.append(reinterpret_cast<const char*>(encoded), size);
    if (out.size() + cut.size() <= max_bytes) fits = out.size();
  }
  return out;
}

std::string html_escaped(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

}  // namespace trackalert::channel
