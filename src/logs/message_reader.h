// SPDX-License-Identifier: Apache-2.0
// What one program's messages say of logins.
#pragma once

#include <memory>
#include <vector>

#include "logs/format.h"
#include "logs/syslog_line.h"

namespace trackalert::logs {

class MessageReader {
 public:
  virtual ~MessageReader() = default;
  virtual Reading read(const Envelope& line, std::vector<login::Report>& out) = 0;
};

// The programs that we know.
[[nodiscard]] bool is_dovecot(std::string_view program);
[[nodiscard]] bool is_postfix(std::string_view program);
[[nodiscard]] bool is_sshd(std::string_view program);
[[nodiscard]] std::unique_ptr<MessageReader> make_dovecot_reader();
[[nodiscard]] std::unique_ptr<MessageReader> make_postfix_reader();
[[nodiscard]] std::unique_ptr<MessageReader> make_sshd_reader();

}  // namespace trackalert::logs
