// SPDX-License-Identifier: Apache-2.0
#include "bench/message.h"

#include <charconv>
#include <optional>
#include <system_error>

namespace trackalert::bench {
namespace {

template <class Number>
std::optional<Number> whole_number(std::string_view digits) {
  Number out{};
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), out);
  if (error != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
  return out;
}

bool is_content_length(std::string_view line) {
  constexpr std::string_view name = "content-length:";
  if (line.size() < name.size()) return false;
  for (std::size_t i = 0; i < name.size(); ++i) {
    if ((line[i] | 0x20) != (name[i] | 0x20)) return false;
  }
  return true;
}

std::optional<std::size_t> content_length(std::string_view line) {
  line.remove_prefix(line.find(':') + 1);
  while (line.starts_with(' ')) line.remove_prefix(1);
  while (line.ends_with(' ')) line.remove_suffix(1);
  return whole_number<std::size_t>(line);
}

}  // namespace

Frame frame_message(std::string_view text) {
  std::size_t body = 0;
  std::size_t at = 0;
  while (true) {
    const auto newline = text.find('\n', at);
    if (newline == text.npos) return {text.size() > max_head_bytes ? Frame::State::bad : Frame::State::partial};
    auto line = text.substr(at, newline - at);
    if (line.ends_with('\r')) line.remove_suffix(1);
    at = newline + 1;
    if (line.empty()) break;
    if (is_content_length(line)) {
      const auto length = content_length(line);
      if (!length || *length > max_body_bytes) return {Frame::State::bad};
      body = *length;
    }
  }
  if (at > max_head_bytes) return {Frame::State::bad};
  return text.size() < at + body ? Frame{Frame::State::partial} : Frame{Frame::State::complete, at + body};
}

unsigned status_of(std::string_view answer) {
  constexpr std::string_view before = "HTTP/1.1 ";
  if (!answer.starts_with(before.substr(0, 7)) || answer.size() < before.size() + 3) return 0;
  return whole_number<unsigned>(answer.substr(before.size(), 3)).value_or(0);
}

}  // namespace trackalert::bench
