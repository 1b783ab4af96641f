// SPDX-License-Identifier: Apache-2.0
// Alerts by mail: to operators, one alert or a digest; or to the owner of the account, with two links that answer "was
// this you?". One thread for each channel writes and sends; a mail server that is slow holds up its own channel only.
//
// An owner is told of alerts about a login when they are opened or become worse. The Lua function says where:
// {address=, language=, name=, timezone=}, or nil for nobody.
//
// Bounds: max_waiting messages that wait; what a template and its values may have (mail_template.h).
#pragma once

#include <memory>

#include "alert/signed_link.h"
#include "base/clock.h"
#include "base/log.h"
#include "channel/alert_functions.h"
#include "channel/channel.h"
#include "channel/email_options.h"
#include "channel/mail_templates.h"
#include "history/history.h"

namespace trackalert::channel {

/// All of it outlives the channel.
struct EmailSurroundings {
  AlertFunctions& functions;
  const history::History& history;
  const base::Clock& clock;
  const alert::LinkSigner* signer = nullptr;  ///< null: no links, so no mails to owners
  std::string public_url;                     ///< where links lead, without a slash behind; empty: nowhere
  std::string templates_folder;               ///< ours: share/trackalert/templates
};

inline constexpr std::size_t max_mails_waiting = 256;

/// A channel of kind "email". An error says what is wrong with the pairs (EmailOptions::from_pairs()), a template, or
/// that mails to owners want setPublicUrl().
[[nodiscard]] base::Result<std::unique_ptr<Channel>> make_email_channel(const EmailSurroundings& surroundings,
                                                                        const ChannelPairs& pairs);

}  // namespace trackalert::channel
