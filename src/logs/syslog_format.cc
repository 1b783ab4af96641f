// SPDX-License-Identifier: Apache-2.0
#include "logs/syslog_format.h"

#include "logs/message_reader.h"
#include "logs/syslog_line.h"

namespace trackalert::logs {
namespace {

struct Program {
  bool (*is)(std::string_view program);
  std::unique_ptr<MessageReader> reader;
};

class SyslogFormat final : public Format {
 public:
  SyslogFormat(const Context& context, std::vector<Program> programs)
      : lines_(context), programs_(std::move(programs)) {}

  Reading read(std::string_view line, std::vector<login::Report>& out) override {
    const auto envelope = lines_.read(line);
    if (!envelope) return {Reading::Kind::bad, "no line of a log"};
    for (const auto& program : programs_) {
      if (program.is(envelope->program)) return program.reader->read(*envelope, out);
    }
    return {};
  }

 private:
  SyslogReader lines_;
  std::vector<Program> programs_;
};

template <class... Programs>
std::unique_ptr<Format> make(const Context& context, Programs... programs) {
  std::vector<Program> all;
  (all.push_back(std::move(programs)), ...);
  return std::make_unique<SyslogFormat>(context, std::move(all));
}

}  // namespace

std::unique_ptr<Format> make_syslog(const Context& context) {
  return make(context, Program{is_dovecot, make_dovecot_reader()}, Program{is_postfix, make_postfix_reader()},
              Program{is_sshd, make_sshd_reader()});
}
std::unique_ptr<Format> make_dovecot(const Context& context) {
  return make(context, Program{is_dovecot, make_dovecot_reader()});
}
std::unique_ptr<Format> make_postfix(const Context& context) {
  return make(context, Program{is_postfix, make_postfix_reader()});
}
std::unique_ptr<Format> make_sshd(const Context& context) {
  return make(context, Program{is_sshd, make_sshd_reader()});
}

}  // namespace trackalert::logs
