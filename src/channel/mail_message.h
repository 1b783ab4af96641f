// SPDX-License-Identifier: Apache-2.0
// A mail as it goes over the wire: MIME with a text and an HTML form of the same, in UTF-8. Whatever stands in subject
// or names, no header but those below comes of it. Pure; any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace trackalert::channel {

struct Mailbox {
  std::string name;  ///< empty: none
  std::string address;

  /// "ann@example.com" or "Ann Other <ann@example.com>". Only ASCII in the address, at most 254 bytes.
  static base::Result<Mailbox> parse(std::string_view text);
  bool operator==(const Mailbox&) const = default;
};

struct MailMessage {
  Mailbox from;
  std::vector<Mailbox> to;
  std::string subject;
  std::string text;        ///< lines end in LF
  std::string html;        ///< empty: text alone
  std::string message_id;  ///< what makes it unique; the same in every try
  base::WallTime date;
};

/// From, To, Subject, Date, Message-ID, Auto-Submitted, X-Auto-Response-Suppress, MIME-Version, Content-Type; then the
/// body, quoted-printable. No line is longer than 78 bytes, but for addresses and the Message-ID.
[[nodiscard]] std::string mail_text(const MailMessage& message);

}  // namespace trackalert::channel
