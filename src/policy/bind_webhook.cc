// SPDX-License-Identifier: Apache-2.0
// Custom webhooks and the HTTP client behind them.
#include "alert/webhooks.h"
#include "policy/bindings.h"
#include "policy/state_context.h"

namespace trackalert::policy {
namespace {

int add_custom_webhook(Call& call) {
  (void)call.context().services.webhooks.add(call.text(1),
                                             call.pairs(2));  // has logged what was wrong, as the original
  return 0;
}

int run_custom_webhook(Call& call) {
  call.context().services.webhooks.run(call.text(1), call.text(2));
  return 0;
}

int show_custom_webhooks(Call& call) {
  *call.context().output = call.context().services.webhooks.show();
  return 0;
}

int set_num_webhook_threads(Call& call) {
  call.context().settings->webhook_threads = static_cast<unsigned>(call.integer(1, 1, 256));
  return 0;
}

int set_num_webhook_conns_per_thread(Call& call) {
  call.context().settings->webhook_connections = static_cast<unsigned>(call.integer(1, 1, 1024));
  return 0;
}

int set_webhook_queue_size(Call& call) {
  call.context().settings->webhook_queue_size = static_cast<std::size_t>(call.integer(1, 1, 100'000'000));
  return 0;
}

int set_webhook_timeout_secs(Call& call) {
  call.context().settings->webhook_timeout = std::chrono::seconds(call.integer(1, 0, 86'400));
  return 0;
}

int disable_peer_verification(Call& call) {
  call.context().settings->curl.verify_peer = false;
  return 0;
}

int disable_host_verification(Call& call) {
  call.context().settings->curl.verify_host = false;
  return 0;
}

int set_ca_bundle_file(Call& call) {
  call.context().settings->curl.ca_bundle_file = call.text(1);
  return 0;
}

int set_client_cert_and_key(Call& call) {
  call.context().settings->curl.client_certificate_file = call.text(1);
  call.context().settings->curl.client_key_file = call.text(2);
  return 0;
}

}  // namespace

std::span<const FunctionRow> webhook_functions() {
  static const std::vector<FunctionRow> rows{
      {"addCustomWebHook",
       Acts::in_global,
       {{"name", Type::text}, {"config", Type::pairs}},
       "",
       "Registers a webhook: url (needed), secret, basic-auth, api-key, content-type, retry; the first of a name "
       "counts.",
       &add_custom_webhook},
      {"runCustomWebHook",
       Acts::in_workers,
       {{"name", Type::text}, {"data", Type::text}},
       "",
       "Queues one delivery of data to a webhook, as the body of a POST; never waits.",
       &run_custom_webhook,
       nullptr,
       true},
      {"showCustomWebHooks",
       Acts::in_global,
       {},
       "",
       "Shows the webhooks and how often they succeeded and failed.",
       &show_custom_webhooks,
       nullptr,
       false,
       true},
      {"setNumWebHookThreads",
       Acts::in_global,
       {{"threads", Type::unsigned_integer}},
       "",
       "With setNumWebHookConnsPerThread, how many deliveries go on at once (default 5 x 10).",
       &set_num_webhook_threads},
      {"setNumWebHookConnsPerThread",
       Acts::in_global,
       {{"connections", Type::unsigned_integer}},
       "",
       "See setNumWebHookThreads; default 10.",
       &set_num_webhook_conns_per_thread},
      {"setWebHookQueueSize",
       Acts::in_global,
       {{"deliveries", Type::unsigned_integer}},
       "",
       "Deliveries that may wait, default 50000; further ones are dropped and logged.",
       &set_webhook_queue_size},
      {"setWebHookTimeoutSecs",
       Acts::in_global,
       {{"seconds", Type::unsigned_integer}},
       "",
       "Time limit of one delivery, default 2; 0 is none.",
       &set_webhook_timeout_secs},
      {"disableCurlPeerVerification",
       Acts::in_global,
       {},
       "",
       "Accepts any certificate of a webhook's server. Insecure.",
       &disable_peer_verification},
      {"disableCurlHostVerification",
       Acts::in_global,
       {},
       "",
       "Accepts a certificate for another host name. Insecure.",
       &disable_host_verification},
      {"setCurlCABundleFile",
       Acts::in_global,
       {{"file", Type::text}},
       "",
       "The authorities (PEM) that sign webhook servers' certificates, in place of the system's.",
       &set_ca_bundle_file},
      {"setCurlClientCertAndKey",
       Acts::in_global,
       {{"certificate_file", Type::text}, {"key_file", Type::text}},
       "",
       "A client certificate and its key (PEM) for webhook servers that ask for one.",
       &set_client_cert_and_key},
  };
  return rows;
}

}  // namespace trackalert::policy
