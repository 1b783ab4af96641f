// SPDX-License-Identifier: Apache-2.0
// Postfix's SMTP server. A failure names the address, and since 3.8 the login behind it; a success stands in the line
// of the first message.
//
//   warning: unknown[192.0.2.1]: SASL LOGIN authentication failed: UGFzc3dvcmQ6
//   warning: unknown[192.0.2.1]: SASL PLAIN authentication failed: (reason unavailable), sasl_username=joe@example.com
//   4XyZ12: client=host.example.com[192.0.2.1], sasl_method=PLAIN, sasl_username=joe@example.com
#include "logs/attempt.h"
#include "logs/message_reader.h"
#include "logs/scan.h"

namespace trackalert::logs {
namespace {

constexpr std::string_view protocol = "smtp";

/// "host.example.com[192.0.2.1]"; the name before it is the peer's own.
std::optional<std::string_view> address_of(std::string_view client) {
  if (!client.ends_with(']')) return std::nullopt;
  client.remove_suffix(1);
  return take_behind_last(client, "[");
}

class PostfixReader final : public MessageReader {
 public:
  Reading read(const Envelope& line, std::vector<login::Report>& out) override {
    auto text = line.message;
    if (take(text, "warning: ")) return failure(line, text, out);
    return success(line, text, out);
  }

 private:
  static Reading failure(const Envelope& line, std::string_view text, std::vector<login::Report>& out) {
    const auto client = take_until(text, ": SASL ");
    if (!client || client->find(' ') != client->npos) return {};
    const auto method = take_until(text, " authentication ");
    if (!method || method->find(' ') != method->npos) return {};
    if (take(text, "aborted")) return {};
    if (!take(text, "failed")) return {};
    const auto address = address_of(*client);
    if (!address) return {Reading::Kind::bad, "a Postfix line without an address"};
    constexpr std::string_view name = ", sasl_username=";
    const auto at = text.find(name);
    return put({.time = line.time,
                .login = at == text.npos ? std::string_view() : text.substr(at + name.size()),
                .remote = *address,
                .protocol = protocol,
                .fail_type = wrong_credentials},
               out);
  }

  static Reading success(const Envelope& line, std::string_view text, std::vector<login::Report>& out) {
    // A queue id, so that no other line's text, which a client may have chosen, is taken for this.
    const auto id = take_until(text, ": client=");
    if (!id || id->find_first_of(" :<>=") != id->npos) return {};
    const auto client = take_until(text, ", sasl_method=");
    if (!client) return {};
    if (!take_until(text, ", sasl_username=")) return {};
    const auto address = address_of(*client);
    if (!address) return {Reading::Kind::bad, "a Postfix line without an address"};
    if (const auto sender = text.find(", sasl_sender="); sender != text.npos) text = text.substr(0, sender);
    return put({.time = line.time, .login = text, .remote = *address, .protocol = protocol, .success = true}, out);
  }
};

}  // namespace

bool is_postfix(std::string_view program) {
  return program.starts_with("postfix") && program.ends_with("/smtpd");
}

std::unique_ptr<MessageReader> make_postfix_reader() {
  return std::make_unique<PostfixReader>();
}

}  // namespace trackalert::logs
