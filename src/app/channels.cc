// SPDX-License-Identifier: Apache-2.0
#include "app/channels.h"

#include <sodium/randombytes.h>

#include "app/templates_folder.h"
#include "channel/hook_channel.h"
#include "channel/kind.h"

namespace trackalert::app {
namespace {

std::vector<channel::Courier::Entry> make_hook_channels(const policy::Settings& settings,
                                                        const std::shared_ptr<alert::Webhooks>& webhooks) {
  constexpr std::size_t at_once = 4;
  std::vector<channel::Courier::Entry> entries;
  for (const auto& hook : webhooks->kept()) {
    auto channel = std::make_shared<channel::HookChannel>(
        hook, webhooks,
        channel::HookChannel::Options{
            .at_once = at_once, .timeout = settings.webhook_timeout, .tls = tls_options(settings.curl)});
    entries.push_back({.setting = {.name = channel::hook_channel_name(hook.name), .kind = "hook"},
                       .limits = {.at_once = at_once},
                       .channel = std::move(channel),
                       .may_go_on = false});
  }
  return entries;
}

}  // namespace

base::Result<std::vector<channel::Courier::Entry>> make_channels(const policy::Settings& settings,
                                                                 const policy::Settings* before,
                                                                 const ChannelGround& ground) {
  std::vector<channel::Courier::Entry> entries;
  const auto templates = templates_folder();  // only mails want them
  for (const auto& setting : settings.channels) {
    const auto limits = channel::limits_of(setting);
    if (!limits) return std::unexpected(limits.error());
    auto made = channel::make_channel(setting, {.name = setting.name,
                                                .clock = ground.clock,
                                                .log = ground.log,
                                                .tls = tls_options(settings.curl),
                                                .functions = ground.functions,
                                                .at_once = limits->at_once,
                                                .history = &ground.history,
                                                .signer = ground.signer,
                                                .public_url = settings.public_url,
                                                .templates_folder = templates.value_or("")});
    if (!made) return std::unexpected(made.error());
    entries.push_back(
        {.setting = setting,
         .limits = *limits,
         .channel = std::move(*made),
         .may_go_on = before != nullptr && before->curl == settings.curl && before->public_url == settings.public_url});
  }
  return entries;
}

base::Result<std::shared_ptr<const channel::Routes>> make_routes(const policy::Settings& settings,
                                                                 const schedule::Zone& zone) {
  std::vector<channel::Route> routes;
  for (const auto& values : settings.routes) {
    auto route = channel::Route::from(values, settings.channels);
    if (!route) return base::fail("routeAlerts(): {}", route.error().message);
    routes.push_back(std::move(*route));
  }
  return std::make_shared<const channel::Routes>(std::move(routes), settings.channels, zone);
}

void keep_webhooks(const std::shared_ptr<alert::Webhooks>& webhooks, const policy::Settings& settings,
                   const HookGround& ground, std::vector<channel::Courier::Entry>& channels) {
  auto hooks = make_hook_channels(settings, webhooks);
  if (hooks.empty()) return;
  if (channels.size() + hooks.size() > channel::Courier::max_channels) {
    ground.log.error("Webhooks are tried once: with retry there may be at most {} channels",
                     channel::Courier::max_channels);
    return;
  }
  webhooks->keep_by([&store = ground.store, &clock = ground.clock](std::string_view name, std::string_view data) {
    return store.outbox().put_data(channel::hook_channel_name(name), data, clock.now().time_since_epoch().count());
  });
  for (auto& hook : hooks) channels.push_back(std::move(hook));
}

net::TlsClientOptions tls_options(const policy::CurlSetting& curl) {
  return {.verify_peer = curl.verify_peer,
          .verify_host = curl.verify_host,
          .ca_bundle_file = curl.ca_bundle_file,
          .client_cert_file = curl.client_certificate_file,
          .client_key_file = curl.client_key_file};
}

double throw_dice() {
  constexpr double faces = 4294967296.0;
  return static_cast<double>(randombytes_random()) / faces;
}

}  // namespace trackalert::app
