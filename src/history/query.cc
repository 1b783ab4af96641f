// SPDX-License-Identifier: Apache-2.0
#include "history/query.h"

#include <fmt/format.h>

#include <charconv>

namespace trackalert::history {
namespace {

template <class Number>
bool read_all(std::string_view text, Number& out) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc{} && end == text.data() + text.size();
}

}  // namespace

std::string Cursor::to_string() const {
  return fmt::format("{}-{}", time, sequence);
}

std::optional<Cursor> Cursor::parse(std::string_view text) {
  const auto dash = text.rfind('-');
  Cursor out;
  if (dash == std::string_view::npos || !read_all(text.substr(0, dash), out.time) ||
      !read_all(text.substr(dash + 1), out.sequence)) {
    return std::nullopt;
  }
  return out;
}

}  // namespace trackalert::history
