// SPDX-License-Identifier: Apache-2.0
// What a configuration says about channels and routes, made real.
#pragma once

#include <memory>
#include <vector>

#include "alert/webhooks.h"
#include "channel/alert_functions.h"
#include "channel/courier.h"
#include "channel/routes.h"
#include "policy/settings.h"

namespace trackalert::app {

/// What channels stand on; all of it must outlive them.
struct ChannelGround {
  const base::Clock& clock;
  base::Log& log;
  channel::AlertFunctions& functions;
  const history::History& history;
  const alert::LinkSigner* signer;
};

/// Where webhooks with retry keep what they are given; all of it must outlive them.
struct HookGround {
  alert::AlertStore& store;
  const base::Clock& clock;
  base::Log& log;
};
/// What webhooks with retry are given goes through the outbox from now on: their channels are added. What the courier
/// has no room for is tried once. Each channel lives no longer than it keeps `webhooks` alive.
void keep_webhooks(const std::shared_ptr<alert::Webhooks>& webhooks, const policy::Settings& settings,
                   const HookGround& ground, std::vector<channel::Courier::Entry>& channels);

/// Opens them all, or says which cannot be. `before`: the settings in force; channels that are the same in both may go
/// on.
[[nodiscard]] base::Result<std::vector<channel::Courier::Entry>> make_channels(const policy::Settings& settings,
                                                                               const policy::Settings* before,
                                                                               const ChannelGround& ground);
/// `zone` must outlive it.
[[nodiscard]] base::Result<std::shared_ptr<const channel::Routes>> make_routes(const policy::Settings& settings,
                                                                               const schedule::Zone& zone);

/// What webhooks and channels are told about TLS.
[[nodiscard]] net::TlsClientOptions tls_options(const policy::CurlSetting& curl);

/// From 0 to below 1, from the system's dice.
[[nodiscard]] double throw_dice();

}  // namespace trackalert::app
