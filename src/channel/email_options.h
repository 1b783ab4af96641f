// SPDX-License-Identifier: Apache-2.0
// What the configuration says of a channel of kind "email". Plain values.
#pragma once

#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "channel/mail_message.h"
#include "net/smtp_client.h"

namespace trackalert::channel {

using ChannelPairs = std::vector<std::pair<std::string, std::string>>;

struct EmailOptions {
  net::SmtpClient::Options smtp;
  Mailbox from;
  std::vector<Mailbox> to;     ///< operators; empty: the account's owner is told
  std::string owner_function;  ///< by this function
  std::string language = "en";
  std::string timezone;
  std::string template_dir;  ///< empty: ours alone
  std::chrono::hours links_last{7 * 24};

  /// Keys: smtp, from, to (up to max_recipients, with commas) or owner; user, password, tls ("required", "off"), verify
  /// ("yes", "no"), ca_file, language, timezone, template_dir, timeout_seconds, link_days. An error names the key and
  /// what is valid, and never repeats the password.
  static base::Result<EmailOptions> from_pairs(const ChannelPairs& pairs);
  static constexpr std::size_t max_recipients = 20;
};

}  // namespace trackalert::channel
