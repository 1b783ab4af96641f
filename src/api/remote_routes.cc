// SPDX-License-Identifier: Apache-2.0
// /api/v1/remotes/{ip} and /api/v1/nets/{cidr}
#include "api/answers.h"
#include "api/history_routes.h"
#include "history/overview_json.h"

namespace trackalert::api {
namespace {

net::Response show(const Backend& backend, const base::Prefix& remote) {
  const auto overview = history::remote_overview(*backend.history, remote, backend.clock);
  if (!overview) return failed_query(overview.error());
  return {.status = 200, .body = history::overview_json(*overview)};
}

}  // namespace

net::Response show_remote(const Backend& backend, const std::string& address) {
  const auto parsed = base::parse_address(address);
  if (!parsed) return failure(400, "not an address: " + address);
  const auto remote = parsed->unmapped();
  return show(backend, {remote, remote.bits()});
}

net::Response show_net(const Backend& backend, const std::string& network) {
  const auto parsed = base::parse_prefix(network);
  if (!parsed || network.find('/') == network.npos) return failure(400, "not a network: " + network);
  return show(backend, {parsed->address.masked(parsed->length), parsed->length});
}

}  // namespace trackalert::api
