// SPDX-License-Identifier: Apache-2.0
// The lines of syslog, of the journal and of Dovecot's own log, of the programs that we know or of one of them.
#pragma once

#include "logs/format.h"

namespace trackalert::logs {

[[nodiscard]] std::unique_ptr<Format> make_syslog(const Context& context);
[[nodiscard]] std::unique_ptr<Format> make_dovecot(const Context& context);
[[nodiscard]] std::unique_ptr<Format> make_postfix(const Context& context);
[[nodiscard]] std::unique_ptr<Format> make_sshd(const Context& context);

}  // namespace trackalert::logs
