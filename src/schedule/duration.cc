// SPDX-License-Identifier: Apache-2.0
#include "schedule/duration.h"

#include <charconv>
#include <cstdint>
#include <optional>

#include "base/ascii.h"
#include "base/clock.h"
#include "base/log.h"

namespace trackalert::schedule {
namespace {

constexpr std::size_t shown_bytes = 200;

std::string_view strip(std::string_view text) {
  constexpr std::string_view blanks = " \t\n\v\f\r";
  const auto first = text.find_first_not_of(blanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

std::optional<std::int64_t> take_hours(std::string_view& text) {
  if (text.empty() || !base::is_digit(text.front())) return std::nullopt;
  std::int64_t hours = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), hours);
  if (error != std::errc{}) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return hours;
}

/// ":NN", or a lone ":" that ends the text, or nothing.
std::optional<std::int64_t> take_sixtieths(std::string_view& text) {
  if (text.empty()) return 0;
  if (text.front() != ':') return std::nullopt;
  text.remove_prefix(1);
  if (text.empty()) return 0;
  if (text.size() < 2 || !base::is_digit(text[0]) || !base::is_digit(text[1])) return std::nullopt;
  const int value = (text[0] - '0') * 10 + (text[1] - '0');
  text.remove_prefix(2);
  return value;
}

bool is_fraction(std::string_view text) {
  return (text.front() == '.' || text.front() == ',') && text.find_first_not_of("0123456789", 1) == text.npos;
}

std::optional<std::chrono::seconds> parse(std::string_view text) {
  constexpr auto longest = std::chrono::floor<std::chrono::seconds>(base::WallTime::duration::max());
  constexpr std::int64_t most_hours = longest.count() / 3600 - 2;  // 99:99 of minutes and seconds still fit

  const auto hours = take_hours(text);
  if (!hours || *hours > most_hours) return std::nullopt;
  const auto minutes = take_sixtieths(text);
  if (!minutes) return std::nullopt;
  const auto seconds = take_sixtieths(text);
  if (!seconds) return std::nullopt;
  if (!text.empty() && !is_fraction(text)) return std::nullopt;
  return std::chrono::seconds{*hours * 3600 + *minutes * 60 + *seconds};
}

}  // namespace

base::Result<std::chrono::seconds> parse_duration(std::string_view text) {
  if (const auto duration = parse(strip(text))) return *duration;
  return base::fail("Cannot parse duration string: {}", base::escape_control(text.substr(0, shown_bytes)));
}

}  // namespace trackalert::schedule
