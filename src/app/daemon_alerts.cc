// SPDX-License-Identifier: Apache-2.0
// What the daemon opens for alerts, once there is a history: who judges, who is told, and who may answer.
#include <sodium/randombytes.h>

#include <algorithm>

#include "app/daemon.h"
#include "app/judging.h"
#include "app/templates_folder.h"

namespace trackalert::app {
namespace {

/// For what nobody outside should be able to make collide.
std::uint64_t random_seed() {
  std::uint64_t seed = 0;
  randombytes_buf(&seed, sizeof seed);
  return seed;
}

}  // namespace

base::Result<void> Daemon::open_watch(const MemoryShares& shares) {
  const auto& settings = settings_at_start_;
  const alert::Watch::Options options{.history_folder = settings.history.folder,
                                      .monitor = monitor_options(shares, random_seed()),
                                      .retention = settings.history.profile_retention};
  auto watch = alert::Watch::open({*history_, clock_, log_, statistics_.registry}, options);
  if (!watch) return std::unexpected(watch.error());
  watch_ = std::move(*watch);
  auto kinds = asn_kinds_of(settings.detections);
  if (!kinds) return std::unexpected(kinds.error());
  if (auto used = watch_->use(settings.allowances); !used) return used;
  watch_->use(settings.detections.rules, std::move(*kinds));
  if (auto opened = open_feedback(); !opened) return opened;
  return open_channels();
}

ChannelGround Daemon::channel_ground() {
  return {clock_, log_, *alert_functions_, *history_, signer_ ? &*signer_ : nullptr};
}

HookGround Daemon::kept_in() {
  return {watch_->store(), clock_, log_};
}

base::Result<void> Daemon::open_channels() {
  alert_functions_ = std::make_unique<policy::AlertFunctionPool>(*workers_);
  auto channels = make_channels(settings_at_start_, nullptr, channel_ground());
  if (!channels) return std::unexpected(channels.error());
  const auto routes = make_routes(settings_at_start_, zone_);
  if (!routes) return std::unexpected(routes.error());
  courier_ = std::make_unique<channel::Courier>(
      channel::Courier::Surroundings{watch_->store(), clock_, zone_, log_, statistics_.registry, &throw_dice});
  keep_webhooks(webhooks_of(generation_.get()), settings_at_start_, kept_in(), *channels);
  courier_->use(std::move(*channels));
  watch_->use(*routes);
  return {};
}

/// The key of links is there with every history; the pages behind them where there is a way to them.
base::Result<void> Daemon::open_feedback() {
  const auto& settings = settings_at_start_;
  auto key = alert::open_link_key(settings.history.folder);
  if (!key) return std::unexpected(key.error());
  signer_.emplace(*key);
  const auto counter = [this](const char* outcome) -> metrics::Counter& {
    return statistics_.registry.counter("alerts_feedback_pages_total", "Pages that owners of accounts were shown",
                                        {{"page", outcome}});
  };
  auto& shown = counter("question");
  auto& answered = counter("answered");
  auto& refused = counter("refused");
  if (settings.public_url.empty()) return {};
  const auto ours = templates_folder();
  if (!ours) return std::unexpected(ours.error());
  channel::TemplateFolders folders{*ours};
  if (!settings.template_dir.empty()) folders.insert(folders.begin(), settings.template_dir);
  auto pages = channel::FeedbackPages::load(folders);
  if (!pages) return std::unexpected(pages.error());
  const auto host = settings.public_url.find("://") + 3;
  const auto path = std::min(settings.public_url.find('/', host), settings.public_url.size());
  backend_->feedback =
      &feedback_.emplace(*signer_, std::move(*pages), settings.public_url.substr(path), shown, answered, refused);
  return {};
}

}  // namespace trackalert::app
