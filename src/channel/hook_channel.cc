// SPDX-License-Identifier: Apache-2.0
#include "channel/hook_channel.h"

#include "alert/webhook_request.h"
#include "base/log.h"
#include "channel/http_outcome.h"

namespace trackalert::channel {

std::string hook_channel_name(std::string_view hook) {
  return "webhook:" + base::escape_control(hook);
}

HookChannel::HookChannel(alert::Webhooks::Kept hook, std::shared_ptr<alert::Webhooks> webhooks, Options options)
    : hook_(std::move(hook)),
      webhooks_(std::move(webhooks)),
      timeout_(options.timeout),
      client_({.thread_name = "webhooks-kept",
               .max_transfers = options.at_once,
               .max_queued = 2 * options.at_once,
               .tls = std::move(options.tls)}) {}

void HookChannel::deliver(Message message, Done done) {
  auto request = alert::webhook_request(hook_.config, hook_.id, hook_.name, message.delivery_id,
                                        std::move(message.data), message.now);
  request.timeout = timeout_;
  const auto kept = std::make_shared<Done>(std::move(done));
  const bool accepted = client_.submit(std::move(request), [this, kept](const auto& result) {
    webhooks_->note(hook_.name, result);
    (*kept)(outcome_of(result));
  });
  if (!accepted) (*kept)(aborted());
}

}  // namespace trackalert::channel
