// SPDX-License-Identifier: Apache-2.0
#include "app/generation.h"

#include "app/channels.h"

namespace trackalert::app {

Generation::Generation(const Surroundings& surroundings)
    : webhooks_(surroundings.clock, surroundings.log, surroundings.statistics.registry),
      services_{surroundings.log, surroundings.clock,   surroundings.statistics, surroundings.control, geo_,
                webhooks_,        surroundings.history, surroundings.troubles} {}

Generation::~Generation() = default;

base::Result<std::shared_ptr<Generation>> Generation::load(const policy::Policy::Source& source,
                                                           const Surroundings& surroundings,
                                                           std::optional<policy::Policy::Workers> workers) {
  std::shared_ptr<Generation> generation(new Generation(surroundings));
  auto policy = policy::Policy::load(source, generation->services_, workers);
  if (!policy) return std::unexpected(policy.error());
  generation->policy_ = std::move(*policy);
  return generation;
}

base::Result<policy::Settings> Generation::load_for_client(const policy::Policy::Source& source,
                                                           const Surroundings& surroundings) {
  Generation generation(surroundings);
  return policy::Policy::load_for_client(source, generation.services_);
}

void Generation::start() {
  const auto settings = policy_->settings();
  webhooks_.set_queue_limit(settings.webhook_queue_size);
  webhooks_.start({.threads = settings.webhook_threads,
                   .conns_per_thread = settings.webhook_connections,
                   .timeout = settings.webhook_timeout,
                   .tls = tls_options(settings.curl)});
}

}  // namespace trackalert::app
