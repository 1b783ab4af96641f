// SPDX-License-Identifier: Apache-2.0
#include "app/replay_delivery.h"

#include <algorithm>
#include <thread>

#include "channel/message_json.h"

namespace trackalert::app {
namespace {

constexpr std::chrono::milliseconds look_every{20};

}  // namespace

base::Result<std::unique_ptr<ReplayDelivery>> ReplayDelivery::begin(ReplayPolicy& policy, Replay& replay) {
  std::unique_ptr<ReplayDelivery> out(new ReplayDelivery(policy));
  if (policy.generation() == nullptr) return out;  // nobody to tell
  auto& log = policy.log();
  const auto& settings = policy.settings();
  auto channels = make_channels(settings, nullptr, {out->clock_, log, *out, replay.history(), nullptr});
  if (!channels) return std::unexpected(channels.error());
  const auto routes = make_routes(settings, out->zone_);
  if (!routes) return std::unexpected(routes.error());
  auto& store = replay.watch().store();
  out->outbox_ = &store.outbox();
  out->courier_ = std::make_unique<channel::Courier>(
      channel::Courier::Surroundings{store, out->clock_, out->zone_, log, policy.statistics().registry, &throw_dice});
  keep_webhooks(webhooks_of(policy.share_generation()), settings, {store, out->clock_, log}, *channels);
  for (const auto& entry : *channels) out->channels_.push_back(entry.setting.name);
  out->dead_before_ = out->untold().dead;
  out->courier_->use(std::move(*channels));
  replay.watch().use(*routes);
  policy.generation()->start();
  out->courier_->start();
  return out;
}

ReplayDelivery::~ReplayDelivery() = default;

/// On the courier's thread: it waits for the function as it does for a state's lock, no longer than the run-time limit.
void ReplayDelivery::call(std::string_view name, const channel::Message& message, Done done) {
  auto result = policy_.generation()->policy().run_alert_function(ReplayPolicy::alert_worker, std::string(name),
                                                                  channel::function_json(message));
  if (result.end == policy::CustomResult::End::ok) return done(std::move(result.r_attrs));
  done(base::fail("{}", result.reason));
}

ReplayDelivery::Untold ReplayDelivery::untold() const {
  Untold sum;
  for (const auto& name : channels_) {
    const auto counts = outbox_->counts(name);
    if (!counts) continue;
    sum.waiting += static_cast<std::size_t>(counts->waiting);
    sum.dead += static_cast<std::size_t>(counts->dead);
  }
  return sum;
}

std::size_t ReplayDelivery::end(base::SteadyTime deadline) {
  if (!courier_) return 0;
  const auto webhooks = policy_.generation()->webhooks().drain(deadline);
  courier_->wake();
  while (untold().waiting > 0 && clock_.steady() < deadline) std::this_thread::sleep_for(look_every);
  courier_->stop(std::max(deadline, clock_.steady()));
  const auto left = untold();
  return webhooks + left.waiting + left.dead - std::min(left.dead, dead_before_);
}

}  // namespace trackalert::app
