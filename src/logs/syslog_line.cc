// SPDX-License-Identifier: Apache-2.0
#include "logs/syslog_line.h"

#include <chrono>

#include "base/json_value.h"
#include "history/time_text.h"
#include "logs/clock_text.h"
#include "logs/json_text.h"
#include "logs/scan.h"

namespace trackalert::logs {
namespace {

using std::chrono::seconds;
using std::chrono::sys_days;
using std::chrono::sys_seconds;

history::Time micros(sys_seconds when) {
  return std::chrono::microseconds(when.time_since_epoch()).count();
}

/// "<38>"
void take_priority(std::string_view& text) {
  auto rest = text;
  if (take(rest, "<") && take_number(rest) && take(rest, ">")) text = rest;
}

/// "sshd[123]" or "/usr/sbin/sshd" as "sshd"
std::string_view program_in(std::string_view tag) {
  if (const auto bracket = tag.find('['); bracket != tag.npos) tag = tag.substr(0, bracket);
  return tag;
}

/// "host sshd[123]: message", or without the host. Dovecot's own log has neither host nor the daemon's name.
bool read_header(std::string_view text, Envelope& out) {
  auto rest = text;
  const auto first = take_until(rest, " ");
  if (!first) return false;
  if (first->ends_with(':')) {
    // No host: the tag of a program, or a process of Dovecot.
    out.program = program_in(first->substr(0, first->size() - 1));
    out.message = rest;
    if (out.program.find('(') == out.program.npos && first->find('[') != first->npos) return true;
    out.program = "dovecot";
    out.message = text;
    return true;
  }
  const auto tag = take_until(rest, ": ");
  if (!tag || tag->find(' ') != tag->npos) return false;
  out.program = program_in(*tag);
  out.message = rest;
  return true;
}

/// Of RFC 5424, behind the time: "host app 123 ID [structured]... message"
bool read_header_5424(std::string_view text, Envelope& out) {
  if (!take_until(text, " ")) return false;  // host
  const auto app = take_until(text, " ");
  if (!app || !take_until(text, " ") || !take_until(text, " ")) return false;  // process, message id
  if (!take(text, "- ")) {
    // Elements follow each other without a blank; a quoted value may hold "]" only as "\]".
    while (text.starts_with('[')) {
      std::size_t at = 1;
      bool quoted = false;
      for (; at < text.size() && (quoted || text[at] != ']'); ++at) {
        if (text[at] == '\\') {
          ++at;
        } else if (text[at] == '"') {
          quoted = !quoted;
        }
      }
      if (at >= text.size()) return false;
      text.remove_prefix(at + 1);
    }
    if (!take(text, " ")) return false;
  }
  take(text, "\xEF\xBB\xBF");
  out.program = program_in(*app);
  out.message = text;
  return true;
}

}  // namespace

history::Time SyslogReader::from_local(sys_seconds local) {
  // Zones change at full hours or quarters of them; the offset is asked for once for each quarter of an hour.
  const auto quarter = std::chrono::floor<std::chrono::duration<std::int64_t, std::ratio<900>>>(local);
  if (!offset_known_ || quarter != offset_hour_) {
    // Twice: the offset is that of the moment, which is known only with the offset.
    const auto near = context_.zone.offset_at(local);
    offset_ = context_.zone.offset_at(local - near);
    offset_hour_ = quarter;
    offset_known_ = true;
  }
  return micros(local - offset_);
}

/// "Nov 25 10:00:00 " or "Nov  5 ..."
std::optional<history::Time> SyslogReader::take_classic_time(std::string_view& text) {
  auto rest = text;
  const auto month = take_month(rest);
  if (!month || !take(rest, " ")) return std::nullopt;
  take(rest, " ");
  const auto day = take_number(rest);
  if (!day || *day < 1 || *day > 31 || !take(rest, " ")) return std::nullopt;
  // Some daemons add the year: "Nov 25 2026 10:00:00".
  std::optional<int> year;
  if (auto behind = rest; behind.size() > 5 && behind[4] == ' ' && behind[2] != ':') {
    if (const auto number = whole_number(behind.substr(0, 4)); number && *number >= 1970) {
      year = static_cast<int>(*number);
      rest.remove_prefix(5);
    }
  }
  const auto time_of_day = take_time_of_day(rest);
  if (!time_of_day || !take(rest, " ")) return std::nullopt;
  const auto in_year = [&](int number) -> std::optional<history::Time> {
    const std::chrono::year_month_day date{std::chrono::year(number), *month, std::chrono::day(*day)};
    if (!date.ok()) return std::nullopt;
    return from_local(sys_seconds(sys_days(date)) + *time_of_day);
  };
  text = rest;
  if (year) return in_year(*year);
  const auto reference = context_.now();
  const std::chrono::year_month_day now{
      std::chrono::floor<std::chrono::days>(sys_seconds(seconds(reference / history::second)))};
  // Not later than tomorrow. The 29th of February may be years ago.
  constexpr int most_years = 8;
  for (int number = static_cast<int>(now.year()) + 1, left = most_years; left > 0; --number, --left) {
    const auto time = in_year(number);
    if (time && *time <= reference + history::day) return time;
  }
  return std::nullopt;
}

/// "2026-10-17 10:43:38,199 ..."
std::optional<history::Time> SyslogReader::time_at_front(std::string_view line) {
  constexpr std::size_t plain_bytes = 19;
  std::string text(line.substr(0, 2 * plain_bytes));
  if (text.size() > plain_bytes && text[plain_bytes] == ',') text[plain_bytes] = '.';
  text += ' ';
  std::string_view rest = text;
  return take_exact_time(rest);
}

/// "2026-11-25T10:00:00.123456+01:00 " or "2026-11-25 10:00:00 " in local time
std::optional<history::Time> SyslogReader::take_exact_time(std::string_view& text) {
  constexpr std::size_t date_bytes = 10;
  constexpr std::size_t plain_bytes = 19;
  if (text.size() < plain_bytes + 1 || text[4] != '-' || text[7] != '-') return std::nullopt;
  const auto end = text.find(' ', date_bytes + 1);
  if (end == text.npos) return std::nullopt;
  const auto stamp = text.substr(0, end);
  const auto time = history::parse_time(stamp, 0);
  if (!time) return std::nullopt;
  text.remove_prefix(end + 1);
  const auto behind_date = stamp.substr(date_bytes);
  if (behind_date.find_first_of("Z+-") != behind_date.npos) return *time;
  // It has no zone, and was read as if it were UTC.
  const auto whole = std::chrono::floor<seconds>(std::chrono::sys_time(std::chrono::microseconds(*time)));
  return from_local(whole) + (*time - micros(whole));
}

std::optional<Envelope> SyslogReader::read_journal(std::string_view line) {
  const auto value = base::parse_json(line);
  if (!value) return std::nullopt;
  const auto* message = find_text(*value, "MESSAGE");
  const auto* time = find_text(*value, "__REALTIME_TIMESTAMP");
  const auto* program = find_text(*value, "SYSLOG_IDENTIFIER");
  if (program == nullptr) program = find_text(*value, "_COMM");
  if (message == nullptr || time == nullptr || program == nullptr) return std::nullopt;
  Envelope out;
  const auto* const end = time->data() + time->size();
  const auto read = std::from_chars(time->data(), end, out.time);
  if (read.ec != std::errc{} || read.ptr != end || out.time <= 0) return std::nullopt;
  program_ = *program;
  message_ = *message;
  out.program = program_;
  out.message = message_;
  return out;
}

std::optional<Envelope> SyslogReader::read(std::string_view line) {
  if (line.starts_with('{')) return read_journal(line);
  take_priority(line);
  const bool is_5424 = take(line, "1 ");
  auto time = take_exact_time(line);
  if (!time && !is_5424) time = take_classic_time(line);
  if (!time) return std::nullopt;
  Envelope out;
  out.time = *time;
  if (!(is_5424 ? read_header_5424(line, out) : read_header(line, out))) return std::nullopt;
  if (const auto slash = out.program.rfind('/'); slash != out.program.npos && out.program.starts_with('/')) {
    out.program = out.program.substr(slash + 1);
  }
  return out;
}

}  // namespace trackalert::logs
