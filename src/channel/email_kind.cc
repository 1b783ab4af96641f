// SPDX-License-Identifier: Apache-2.0
// The keys of a channel of kind "email", as a configuration writes them; email_options.h says what they mean.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "channel/email_channel.h"
#include "channel/kind.h"

namespace trackalert::channel {
namespace {

std::string text_of(const Value& value) {
  if (const auto* text = std::get_if<std::string>(&value)) return *text;
  if (const auto* list = std::get_if<std::vector<std::string>>(&value)) return fmt::format("{}", fmt::join(*list, ","));
  if (const auto* number = std::get_if<double>(&value)) return fmt::format("{}", *number);
  return std::get<bool>(value) ? "yes" : "no";
}

ChannelPairs pairs_of(const Values& values) {
  ChannelPairs pairs;
  const auto limits = limit_keys();
  for (const auto& [name, value] : values.all()) {
    if (std::ranges::find(limits, name, &KeyRow::name) == limits.end()) pairs.emplace_back(name, text_of(value));
  }
  return pairs;
}

/// An owner's mail is about one alert, and has its buttons.
bool digests(const Values& values) {
  return values.has("to");
}

base::Result<void> check(const Values& values) {
  const auto options = EmailOptions::from_pairs(pairs_of(values));
  return options ? base::Result<void>{} : std::unexpected(options.error());
}

base::Result<std::unique_ptr<Channel>> make(const Values& values, const Ground& ground) {
  return make_email_channel({.functions = ground.functions,
                             .history = *ground.history,
                             .clock = ground.clock,
                             .signer = ground.signer,
                             .public_url = ground.public_url,
                             .templates_folder = ground.templates_folder},
                            pairs_of(values));
}

}  // namespace

KindRow email_kind() {
  return {
      .name = "email",
      .help = "A mail to operators, or to the owner of the account, who answers by a link: docs/feedback.md.",
      .keys = {{"smtp", KeyType::text, true, "smtp://HOST[:PORT] or smtps://HOST[:PORT]"},
               {"from", KeyType::text, true, "the sender, as \"Alerts <alerts@example.com>\""},
               {"to", KeyType::list, false, "operators, at most 20 addresses; or owner"},
               {"owner", KeyType::function, false,
                "gives {address=, language=, name=, timezone=} of the alert's login, or nil for no mail; or to"},
               {"user", KeyType::text, false, "for SMTP's authentication"},
               {"password", KeyType::secret, false, "for SMTP's authentication"},
               {"tls", KeyType::text, false,
                "\"required\" or \"off\"; required by default, but not on this machine without a user"},
               {"verify", KeyType::text, false,
                "whether the server's certificate is checked: \"yes\" (default), \"no\""},
               {"ca_file", KeyType::text, false, "PEM, in place of the system's"},
               {"language", KeyType::text, false, "of operators, and of owners without one: \"en\" (default), \"de\""},
               {"timezone", KeyType::text, false, "of times in mails, as \"Europe/Berlin\"; the daemon's by default"},
               {"template_dir", KeyType::text, false, "templates that stand in place of ours"},
               {"timeout_seconds", KeyType::number, false, "for one mail, 1 to 600; default 30"},
               {"link_days", KeyType::number, false, "how long an owner's links work, 1 to 90; default 7"}},
      .at_once = 2,
      .acts = false,
      .digests = &digests,
      .check = &check,
      .make = &make,
  };
}

}  // namespace trackalert::channel
