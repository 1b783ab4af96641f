// SPDX-License-Identifier: Apache-2.0
// A policy's webhook (runCustomWebHook) whose data are kept and tried again: the same request as of any other, under
// the delivery's id. Tries are counted and logged where those of the others are.
#pragma once

#include <memory>
#include <string>

#include "alert/webhooks.h"
#include "channel/channel.h"
#include "net/http_client.h"

namespace trackalert::channel {

/// "webhook:NAME", which is no name of addAlertChannel().
[[nodiscard]] std::string hook_channel_name(std::string_view hook);

class HookChannel final : public Channel {
 public:
  struct Options {
    std::size_t at_once = 4;
    std::chrono::milliseconds timeout{2000};
    net::TlsClientOptions tls;
  };
  HookChannel(alert::Webhooks::Kept hook, std::shared_ptr<alert::Webhooks> webhooks, Options options);

  void deliver(Message message, Done done) override;
  void stop(base::SteadyTime deadline) override { client_.stop(deadline); }

 private:
  const alert::Webhooks::Kept hook_;
  const std::shared_ptr<alert::Webhooks> webhooks_;
  const std::chrono::milliseconds timeout_;
  net::HttpClient client_;
};

}  // namespace trackalert::channel
