// SPDX-License-Identifier: Apache-2.0
// The control socket, its key, and what the console shows.
#include <algorithm>
#include <lua.hpp>

#include "crypto/sealed_stream.h"
#include "policy/bindings.h"
#include "policy/state_context.h"
#include "policy/version.h"

namespace trackalert::policy {
namespace {

constexpr std::uint16_t default_control_port = 4004;

int control_socket(Call& call) {
  const auto endpoint = base::parse_endpoint(call.text(1), default_control_port);
  if (!endpoint) {
    throw FunctionError(fmt::format(
        "controlSocket() error parsing address/port [{}]. Make sure to use IP addresses not hostnames", call.text(1)));
  }
  call.context().settings->control_sockets.push_back(*endpoint);
  return 0;
}

int set_key(Call& call) {
  auto& context = call.context();
  auto key = crypto::Key::from_base64(call.text(1));
  if (!key) {
    context.services.log.error("Unable to decode setKey() argument as Base64 of 32 bytes");
    if (context.output != nullptr) *context.output = "Unable to decode B64 as Base64";
    return call.returns(false);
  }
  context.settings->console_key = std::move(*key);
  return call.returns(true);
}

/// The same answer in worker states, where the key does not matter.
int check_key(Call& call) {
  return call.returns(crypto::Key::from_base64(call.text(1)).has_value());
}

int make_key(Call& call) {
  *call.context().output = fmt::format("setKey(\"{}\")\n", crypto::Key::random().to_base64());
  return 0;
}

int test_crypto(Call& call) {
  const auto key = crypto::Key::random();
  const auto client = crypto::random_nonce();
  const auto server = crypto::random_nonce();
  const auto text = call.text(1).substr(0, crypto::max_plaintext);
  const auto frame = crypto::SealedStream(key, client, server).seal(text);
  const auto opened = frame ? crypto::SealedStream(key, server, client).open(frame->substr(crypto::frame_prefix_size))
                            : base::Result<std::string>(base::fail("not sealed"));
  *call.context().output = opened && *opened == text ? "Everything is ok!\n" : "Crypto failed..\n";
  return 0;
}

int show_version(Call& call) {
  *call.context().output = fmt::format("trackalert {}\n", version);
  return 0;
}

int shutdown(Call& call) {
  call.context().services.control.shut_down(0);
  return 0;
}

int show_custom_endpoints(Call& call) {
  auto names = call.context().settings->custom_endpoints;
  std::sort(names.begin(), names.end());
  auto& output = *call.context().output;
  output = fmt::format("{:<30.30} \n", "Custom Endpoint");
  for (const auto& name : names) output += fmt::format("{:<30.30} \n", name);
  return 0;
}

}  // namespace

std::span<const FunctionRow> console_functions() {
  static const std::vector<FunctionRow> rows{
      {"controlSocket",
       Acts::in_global_and_client,
       {{"address", Type::text}},
       "",
       "Listens for console clients on \"IP[:port]\", default port 4004; in a client, where to connect.",
       &control_socket},
      {"setKey",
       Acts::in_global_and_client,
       {{"key", Type::text}},
       "boolean",
       "The console's shared key: 32 bytes in base64, as makeKey() shows one; false if it is none.",
       &set_key,
       &check_key},
      {"makeKey",
       Acts::in_global,
       {},
       "",
       "Shows a new random key as a setKey() line.",
       &make_key,
       nullptr,
       false,
       true},
      {"testCrypto",
       Acts::in_global,
       {{"text", Type::text}},
       "",
       "Seals and opens a text with a random key and shows whether it came back.",
       &test_crypto,
       nullptr,
       false,
       true},
      {"showVersion", Acts::in_global, {}, "", "Shows the version.", &show_version, nullptr, false, true},
      {"showCustomEndpoints",
       Acts::in_global,
       {},
       "",
       "Shows the custom endpoints.",
       &show_custom_endpoints,
       nullptr,
       false,
       true},
      {"shutdown", Acts::everywhere, {}, "", "Stops the daemon gracefully, exit status 0.", &shutdown},
  };
  return rows;
}

}  // namespace trackalert::policy
