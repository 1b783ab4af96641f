// SPDX-License-Identifier: Apache-2.0
#include "base/log.h"

#include <fmt/chrono.h>

#include <chrono>
#include <cstddef>
#include <cstdio>

// With SYSLOG_NAMES the header defines the table of facility names; it needs <cstddef> before it.
#define SYSLOG_NAMES
#include <syslog.h>

#include "base/ascii.h"

namespace trackalert::base {

Log::Log(Options options) : options_(std::move(options)) {
  if (options_.syslog) openlog(options_.ident.c_str(), LOG_PID, options_.facility);
}

Log::~Log() {
  if (options_.syslog) closelog();
}

void Log::write(Level level, std::string_view message) {
  const int number = static_cast<int>(level);
  // A NUL would end the record early in syslog(3).
  std::string shown;
  if (message.find('\0') != std::string_view::npos) {
    for (const char c : message) c == '\0' ? shown.append("\\x00") : shown.append(1, c);
    message = shown;
  }
  if (options_.syslog) syslog(number, "%.*s", static_cast<int>(message.size()), message.data());
  if (!stdout_on_ || number > options_.stdout_level) return;

  const std::lock_guard lock(stdout_mutex_);
  if (options_.sink) return options_.sink(level, message);
  if (options_.stdout_timestamps) {
    const auto now = std::chrono::system_clock::now();
    const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count() % 1000;
    fmt::print(stdout, "[{:%Y-%m-%d %H:%M:%S},{:03d}] ", fmt::localtime(std::chrono::system_clock::to_time_t(now)), ms);
  }
  std::fwrite(message.data(), 1, message.size(), stdout);
  std::fputc('\n', stdout);
  std::fflush(stdout);
}

std::string escape_control(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    if (c == '\n')
      out += "\\n";
    else if (c == '\r')
      out += "\\r";
    else if (c == '\t')
      out += "\\t";
    else if (is_control(c))
      out += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    else
      out += c;
  }
  return out;
}

int facility_by_name(std::string_view name) {
  for (const CODE* code = facilitynames; code->c_name != nullptr; ++code) {
    if (name == code->c_name) return code->c_val;
  }
  return -1;
}

}  // namespace trackalert::base
