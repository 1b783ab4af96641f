// SPDX-License-Identifier: Apache-2.0
#include "channel/mail_message.h"

#include <fmt/chrono.h>

#include <algorithm>
#include <ctime>

#include "alert/short_hash.h"
#include "base/ascii.h"
#include "base/log.h"
#include "channel/clean_text.h"
#include "crypto/base64.h"

namespace trackalert::channel {
namespace {

constexpr std::size_t max_address_bytes = 254;
constexpr std::size_t max_name_bytes = 128;
constexpr std::size_t max_subject_bytes = 400;
constexpr std::string_view end_of_line = "\r\n";

bool is_ascii_text(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c >= 0x20 && c < 0x7f; });
}

bool continues(char c) {
  return (static_cast<unsigned char>(c) & 0xc0) == 0x80;
}

/// RFC 2047: words of Base64, each of whole characters, one a line.
std::string encoded_words(std::string_view text) {
  constexpr std::size_t bytes_a_word = 42;
  std::string out;
  while (!text.empty()) {
    auto size = std::min(bytes_a_word, text.size());
    while (size < text.size() && size > 1 && continues(text[size])) --size;
    if (!out.empty()) out += "\r\n ";
    out += fmt::format("=?UTF-8?B?{}?=", crypto::base64_encode(text.substr(0, size)));
    text.remove_prefix(size);
  }
  return out;
}

/// A long text without blanks cannot be folded as it is.
std::string header_text(std::string_view text) {
  constexpr std::size_t plain_bytes = 65;
  const bool plain = is_ascii_text(text) && text.size() <= plain_bytes && !text.contains("=?");
  return plain ? std::string(text) : encoded_words(text);
}

std::string mailbox_text(const Mailbox& mailbox) {
  if (mailbox.name.empty()) return mailbox.address;
  const auto fits = [](char c) { return base::is_letter_or_digit(c) || c == ' '; };
  const auto name = clean_text(mailbox.name, max_name_bytes);
  const bool plain = std::ranges::all_of(name, fits) && name.size() < 50;
  return fmt::format("{} <{}>", plain ? name : encoded_words(name), mailbox.address);
}

std::string date_text(base::WallTime when) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(when.time_since_epoch()).count();
  return fmt::format("{:%a, %d %b %Y %H:%M:%S} +0000", fmt::gmtime(static_cast<std::time_t>(seconds)));
}

/// RFC 2045, 6.7.
std::string quoted_printable(std::string_view text) {
  constexpr std::size_t longest = 76;
  constexpr std::string_view soft_break = "=\r\n";
  std::string out;
  std::size_t column = 0;
  const auto put = [&](std::string_view piece) {
    if (column + piece.size() >= longest) {
      out += soft_break;
      column = 0;
    }
    out += piece;
    column += piece.size();
  };
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '\r' && i + 1 < text.size() && text[i + 1] == '\n') continue;
    if (c == '\n') {
      out += end_of_line;
      column = 0;
      continue;
    }
    const bool at_end = i + 1 == text.size() || text[i + 1] == '\n' || text[i + 1] == '\r';
    const bool plain = (c > ' ' && c < 0x7f && c != '=') || (c == ' ' && !at_end);
    // A dot that begins a line is no end of the mail, whoever reads it.
    if (plain && !(c == '.' && column == 0))
      put({&c, 1});
    else
      put(fmt::format("={:02X}", static_cast<unsigned char>(c)));
  }
  return out;
}

std::string part(std::string_view type, std::string_view content) {
  return fmt::format("Content-Type: {}; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n{}\r\n",
                     type, quoted_printable(content));
}

bool is_address(std::string_view text) {
  const auto at = text.rfind('@');
  if (at == text.npos || at == 0 || at + 1 == text.size() || text.size() > max_address_bytes) return false;
  const auto of_local = [](char c) {
    return base::is_letter_or_digit(c) || std::string_view("!#$%&'*+-/=?^_`{|}~.").contains(c);
  };
  const auto of_domain = [](char c) { return base::is_letter_or_digit(c) || std::string_view("-.:[]").contains(c); };
  return std::ranges::all_of(text.substr(0, at), of_local) && std::ranges::all_of(text.substr(at + 1), of_domain);
}

}  // namespace

base::Result<Mailbox> Mailbox::parse(std::string_view text) {
  constexpr std::string_view blanks = " \t";
  const auto trimmed = [blanks](std::string_view it) {
    const auto first = it.find_first_not_of(blanks);
    return first == it.npos ? std::string_view() : it.substr(first, it.find_last_not_of(blanks) - first + 1);
  };
  Mailbox out;
  auto address = trimmed(text);
  if (address.ends_with('>')) {
    const auto open = address.rfind('<');
    if (open == address.npos) return base::fail("no mail address: \"{}\"", base::escape_control(text));
    auto name = trimmed(address.substr(0, open));
    if (name.size() > 1 && name.starts_with('"') && name.ends_with('"')) name = name.substr(1, name.size() - 2);
    out.name = clean_text(name, max_name_bytes);
    address = address.substr(open + 1, address.size() - open - 2);
  }
  if (!is_address(address)) return base::fail("no mail address: \"{}\"", base::escape_control(text));
  out.address = address;
  return out;
}

std::string mail_text(const MailMessage& message) {
  const auto id = alert::short_hash(message.message_id);
  const auto domain = message.from.address.substr(message.from.address.rfind('@') + 1);
  std::string to;
  for (const auto& mailbox : message.to) to += (to.empty() ? "" : ",\r\n ") + mailbox_text(mailbox);
  auto out = fmt::format(
      "From: {}\r\nTo: {}\r\nSubject: {}\r\nDate: {}\r\nMessage-ID: <{}.trackalert@{}>\r\nAuto-Submitted: "
      "auto-generated\r\nX-Auto-Response-Suppress: All\r\nMIME-Version: 1.0\r\n",
      mailbox_text(message.from), to, header_text(clean_text(message.subject, max_subject_bytes)),
      date_text(message.date), id, domain);
  if (message.html.empty()) return out + part("text/plain", message.text);
  // "=_" is nothing that quoted-printable would write.
  const auto boundary = "=_" + id;
  out += fmt::format("Content-Type: multipart/alternative; boundary=\"{}\"\r\n\r\n", boundary);
  out += fmt::format("--{}\r\n{}", boundary, part("text/plain", message.text));
  out += fmt::format("--{}\r\n{}", boundary, part("text/html", message.html));
  return out + fmt::format("--{}--\r\n", boundary);
}

}  // namespace trackalert::channel
