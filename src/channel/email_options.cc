// SPDX-License-Identifier: Apache-2.0
#include "channel/email_options.h"

#include <charconv>
#include <optional>

#include "alert/signed_link.h"
#include "base/address.h"
#include "base/log.h"

namespace trackalert::channel {
namespace {

constexpr int max_timeout_seconds = 600;
constexpr int max_link_days = 90;

base::Result<int> number(std::string_view key, std::string_view text, int most) {
  int out = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (error != std::errc{} || end != text.data() + text.size() || out < 1 || out > most) {
    return base::fail("{} is a number from 1 to {}", key, most);
  }
  return out;
}

base::Result<void> set_recipients(EmailOptions& options, std::string_view text) {
  while (!text.empty()) {
    const auto comma = std::min(text.find(','), text.size());
    auto mailbox = Mailbox::parse(text.substr(0, comma));
    if (!mailbox) return base::fail("to: {}", mailbox.error().message);
    options.to.push_back(std::move(*mailbox));
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  if (options.to.size() > EmailOptions::max_recipients) {
    return base::fail("to: at most {} addresses", EmailOptions::max_recipients);
  }
  return {};
}

/// "yes" or "no"; likewise any two words.
base::Result<bool> choice(std::string_view key, std::string_view text, std::string_view yes, std::string_view no) {
  if (text == yes) return true;
  if (text == no) return false;
  return base::fail("{} is \"{}\" or \"{}\"", key, yes, no);
}

bool is_on_this_machine(std::string_view url) {
  auto host = url.substr(std::min(url.find("://") + 3, url.size()));
  host = host.substr(0, host.find('/'));
  if (const auto end = host.find(']'); end != host.npos) {
    host = host.substr(0, end + 1);
  } else {
    host = host.substr(0, host.find(':'));
  }
  if (host == "localhost" || host == "[::1]") return true;
  const auto address = base::parse_address(host);
  constexpr unsigned loopback = 127;
  return address && address->is_v4() && address->bytes()[0] == loopback;
}

base::Result<void> set(EmailOptions& options, std::optional<bool>& tls, const std::string& key,
                       const std::string& value) {
  if (key == "to") return set_recipients(options, value);
  if (key == "from") {
    auto from = Mailbox::parse(value);
    if (!from) return base::fail("from: {}", from.error().message);
    options.from = std::move(*from);
  } else if (key == "tls" || key == "verify") {
    const auto chosen = key == "tls" ? choice(key, value, "required", "off") : choice(key, value, "yes", "no");
    if (!chosen) return std::unexpected(chosen.error());
    if (key == "tls")
      tls = *chosen;
    else
      options.smtp.tls.verify_peer = options.smtp.tls.verify_host = *chosen;
  } else if (key == "timeout_seconds" || key == "link_days") {
    const auto read = number(key, value, key == "link_days" ? max_link_days : max_timeout_seconds);
    if (!read) return std::unexpected(read.error());
    if (key == "link_days")
      options.links_last = std::chrono::days(*read);
    else
      options.smtp.timeout = std::chrono::seconds(*read);
  } else if (key == "language") {
    if (!alert::is_language(value)) return base::fail("language is two small letters, as \"de\"");
    options.language = value;
  } else if (key == "smtp") {
    options.smtp.url = value;
  } else if (key == "owner") {
    options.owner_function = value;
  } else if (key == "user") {
    options.smtp.user = value;
  } else if (key == "password") {
    options.smtp.password = value;
  } else if (key == "ca_file") {
    options.smtp.tls.ca_bundle_file = value;
  } else if (key == "timezone") {
    options.timezone = value;
  } else if (key == "template_dir") {
    options.template_dir = value;
  } else {
    return base::fail(
        "there is no \"{}\" here, only smtp, from, to, owner, user, password, tls, verify, ca_file, language, "
        "timezone, "
        "template_dir, timeout_seconds and link_days",
        base::escape_control(key));
  }
  return {};
}

}  // namespace

base::Result<EmailOptions> EmailOptions::from_pairs(const ChannelPairs& pairs) {
  EmailOptions out;
  std::optional<bool> tls;
  for (const auto& [key, value] : pairs) {
    if (auto done = set(out, tls, key, value); !done) return std::unexpected(done.error());
  }
  if (out.smtp.url.empty()) return base::fail("smtp is missing: \"smtp://HOST[:PORT]\" or \"smtps://HOST[:PORT]\"");
  if (out.from.address.empty()) return base::fail("from is missing: a mail address");
  if (out.to.empty() == out.owner_function.empty()) return base::fail("it wants either to or owner");
  // A mail server of the machine itself rarely has a certificate that its name is in.
  const bool secure = tls.value_or(!is_on_this_machine(out.smtp.url) || !out.smtp.user.empty());
  out.smtp.security = secure ? net::SmtpClient::Security::required : net::SmtpClient::Security::off;
  return out;
}

}  // namespace trackalert::channel
