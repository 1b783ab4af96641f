// SPDX-License-Identifier: Apache-2.0
// The textual half of CronExpression.
#include <algorithm>
#include <array>
#include <charconv>
#include <span>
#include <vector>

#include "base/ascii.h"
#include "base/log.h"
#include "schedule/cron.h"

namespace trackalert::schedule {
namespace {

using base::fail;

/// An expression longer than this is none, and an error shows no more of it.
constexpr std::size_t max_text_bytes = 1024;
constexpr std::size_t shown_bytes = 200;

struct Field {
  std::string_view name;
  unsigned first;
  unsigned last;
  std::span<const std::string_view> names;  ///< of first, first + 1, ...
  bool sunday_ends_it = false;              ///< 7 is 0, and a range may end in either
};

constexpr std::array<std::string_view, 12> month_names{"jan", "feb", "mar", "apr", "may", "jun",
                                                       "jul", "aug", "sep", "oct", "nov", "dec"};
constexpr std::array<std::string_view, 7> weekday_names{"sun", "mon", "tue", "wed", "thu", "fri", "sat"};

constexpr std::array<Field, 5> fields{{
    {"minute", 0, 59, {}},
    {"hour", 0, 23, {}},
    {"day of month", 1, 31, {}},
    {"month", 1, 12, month_names},
    {"day of week", 0, 6, weekday_names, true},
}};

struct Nickname {
  std::string_view name;
  std::string_view meaning;
};

constexpr std::array<Nickname, 7> nicknames{{
    {"@yearly", "0 0 1 1 *"},
    {"@annually", "0 0 1 1 *"},
    {"@monthly", "0 0 1 * *"},
    {"@weekly", "0 0 * * 0"},
    {"@daily", "0 0 * * *"},
    {"@midnight", "0 0 * * *"},
    {"@hourly", "0 * * * *"},
}};

enum class Fault { malformed, out_of_range };

template <class T>
using Parsed = std::expected<T, Fault>;

std::vector<std::string_view> split(std::string_view text, std::string_view separators) {
  std::vector<std::string_view> parts;
  for (;;) {
    const auto end = text.find_first_of(separators);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

std::vector<std::string_view> split_fields(std::string_view text) {
  auto parts = split(text, " \t");
  std::erase_if(parts, [](std::string_view part) { return part.empty(); });
  return parts;
}

bool is_number(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

Parsed<unsigned> parse_number(std::string_view text, unsigned first, unsigned last) {
  if (text.starts_with('-') && is_number(text.substr(1))) return std::unexpected(Fault::out_of_range);
  if (!is_number(text)) return std::unexpected(Fault::malformed);
  unsigned value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || value < first || value > last) return std::unexpected(Fault::out_of_range);
  return value;
}

Parsed<unsigned> parse_value(const Field& field, std::string_view text) {
  for (unsigned i = 0; i < field.names.size(); ++i) {
    if (base::equal_but_for_case(text, field.names[i])) return field.first + i;
  }
  return parse_number(text, field.first, field.sunday_ends_it ? field.last + 1 : field.last);
}

struct Range {
  unsigned first;
  unsigned last;
};

Parsed<Range> parse_range(const Field& field, std::string_view text) {
  if (text == "*") return Range{field.first, field.last};
  const auto dash = text.find('-', 1);
  const auto first = parse_value(field, text.substr(0, dash));
  if (!first) return std::unexpected(first.error());
  if (dash == std::string_view::npos) return Range{*first, *first};
  auto last = parse_value(field, text.substr(dash + 1));
  if (!last) return std::unexpected(last.error());
  if (field.sunday_ends_it && *last == 0 && *first > 0) last = 7;
  if (*first > *last) return std::unexpected(Fault::malformed);
  return Range{*first, *last};
}

/// One of a list: a value, a range, or a range with a step.
Parsed<std::uint64_t> parse_item(const Field& field, std::string_view text) {
  const auto slash = text.find('/');
  const auto body = text.substr(0, slash);
  const auto range = parse_range(field, body);
  if (!range) return std::unexpected(range.error());
  unsigned step = 1;
  if (slash != std::string_view::npos) {
    const bool is_range = body == "*" || body.find('-', 1) != std::string_view::npos;
    if (!is_range) return std::unexpected(Fault::malformed);
    // A step wider than the field ("*/90" minutes) would not do what it says.
    const auto parsed = parse_number(text.substr(slash + 1), 1, field.last - field.first + 1);
    if (!parsed) return std::unexpected(parsed.error());
    step = *parsed;
  }
  std::uint64_t bits = 0;
  for (unsigned value = range->first; value <= range->last; value += step) {
    bits |= std::uint64_t{1} << (field.sunday_ends_it ? value % 7 : value);
  }
  return bits;
}

Parsed<std::uint64_t> parse_field(const Field& field, std::string_view text) {
  std::uint64_t bits = 0;
  for (const auto item : split(text, ",")) {
    const auto parsed = parse_item(field, item);
    if (!parsed) return parsed;
    bits |= *parsed;
  }
  return bits;
}

std::string_view meaning_of(std::string_view text) {
  const auto words = split_fields(text);
  for (const auto& nickname : nicknames) {
    if (words.size() == 1 && words.front() == nickname.name) return nickname.meaning;
  }
  return text;
}

}  // namespace

base::Result<CronExpression> CronExpression::parse(std::string_view text) {
  const std::string shown = base::escape_control(text.substr(0, shown_bytes));
  if (text.size() > max_text_bytes) return fail("malformed cron string: {}", shown);
  const auto parts = split_fields(meaning_of(text));
  if (parts.size() != fields.size()) return fail("malformed cron string: {}", shown);

  std::array<std::uint64_t, fields.size()> bits{};
  for (std::size_t i = 0; i < fields.size(); ++i) {
    const auto parsed = parse_field(fields[i], parts[i]);
    if (!parsed && parsed.error() == Fault::out_of_range) return fail("cron out of range: {}", shown);
    if (!parsed) {
      const auto part = base::escape_control(parts[i].substr(0, shown_bytes));
      return fail("malformed cron string: {} ({} '{}')", shown, fields[i].name, part);
    }
    bits[i] = *parsed;
  }

  const auto unrestricted = [&parts](std::size_t i) { return parts[i].front() == '*'; };
  CronExpression cron;
  cron.minutes_ = bits[0];
  cron.hours_ = bits[1];
  cron.days_ = bits[2];
  cron.months_ = bits[3];
  cron.weekdays_ = bits[4];
  cron.by_elapsed_time_ = unrestricted(0) || unrestricted(1);
  cron.either_day_ = !unrestricted(2) && !unrestricted(4);
  cron.text_ = shown;
  if (!cron.names_a_possible_date()) return fail("cron expression never fires: {}", shown);
  return cron;
}

}  // namespace trackalert::schedule
