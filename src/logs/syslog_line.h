// SPDX-License-Identifier: Apache-2.0
// Who said what when: the envelope of a line of syslog, of Dovecot's own log, or of the journal's JSON export.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "logs/format.h"

namespace trackalert::logs {

struct Envelope {
  history::Time time = 0;
  std::string_view program;  ///< without folder and process number; "dovecot" where Dovecot's own log names none
  std::string_view message;
};

/// Reads the forms that are about:
///   Nov 25 10:00:00 host sshd[123]: ...                      classic, also with "<38>" before it
///   2026-11-25T10:00:00.123456+01:00 host sshd[123]: ...     of high precision
///   <38>1 2026-11-25T10:00:00Z host sshd 123 ID - ...        RFC 5424
///   Nov 25 10:00:00 imap-login: Info: ...                    Dovecot's own, also with 2026-11-25 10:00:00
///   {"MESSAGE":"...","SYSLOG_IDENTIFIER":"sshd",...}         journalctl -o json
class SyslogReader {
 public:
  explicit SyslogReader(const Context& context) : context_(context) {}

  /// Views of `line`, or of what this object keeps until the next call. Nothing for any other line.
  [[nodiscard]] std::optional<Envelope> read(std::string_view line);
  /// Of the time alone, a comma or a point before its fraction; a zone or local time.
  [[nodiscard]] std::optional<history::Time> time_at_front(std::string_view line);

 private:
  std::optional<Envelope> read_journal(std::string_view line);
  std::optional<history::Time> take_classic_time(std::string_view& text);
  std::optional<history::Time> take_exact_time(std::string_view& text);
  [[nodiscard]] history::Time from_local(std::chrono::sys_seconds local);

  const Context context_;
  std::string program_;
  std::string message_;
  std::chrono::sys_seconds offset_hour_;  ///< of which the offset is known
  std::chrono::seconds offset_{0};
  bool offset_known_ = false;
};

}  // namespace trackalert::logs
