// SPDX-License-Identifier: Apache-2.0
#include "api/service.h"

#include "api/answers.h"

namespace trackalert::api {
namespace {

/// What anybody gets, without ACL and password.
std::optional<net::Response> plain_refusal(const Route& route) {
  switch (route.command) {
    case Command::not_found:
      return not_found();
    case Command::not_allowed:
      return empty(405);
    case Command::no_options:
    case Command::forbidden_path:
      return empty(403);
    default:
      return std::nullopt;
  }
}

}  // namespace

void log_auth_failure(base::Log& log, std::string_view target, const std::string& peer) {
  log.error("WforceWebserver: HTTP(S) Request \"{}\" from {}: Web Authentication failed",
            base::escape_control(path_of(target)), peer);
}

ApiService::ApiService(const Backend& backend, SlowAuth& slow_auth)
    : backend_(backend), slow_auth_(slow_auth), access_(backend.access), handler_(backend) {}

std::optional<net::Response> ApiService::admit(const net::RequestHead& head) {
  const auto& access = *access_();
  const auto route = find_route(head.method, head.target, access.custom_endpoints);
  if (!route.guarded) return plain_refusal(route);
  if (!access.acl.contains(head.peer)) return not_in_acl(head.peer);
  if (access.check_password(route, head.authorization) == Access::Verdict::denied) {
    log_auth_failure(backend_.log, head.target, base::Endpoint{head.peer, head.peer_port}.to_string());
    return unauthorized();
  }
  return std::nullopt;
}

void ApiService::serve(const net::RequestHead& head, std::string_view body, net::Reply reply) {
  const auto& access = *access_();
  auto route = find_route(head.method, head.target, access.custom_endpoints);
  switch (access.check_password(route, head.authorization)) {
    case Access::Verdict::granted:
      return handler_.handle(route, access, body, std::move(reply));
    case Access::Verdict::denied:
      return reply.send(unauthorized());  // the password has changed since admit()
    case Access::Verdict::undecided:
      return slow_auth_.submit({.route = std::move(route),
                                .access = backend_.access.get(),
                                .authorization = std::string(head.authorization),
                                .target = std::string(head.target),
                                .peer = base::Endpoint{head.peer, head.peer_port}.to_string(),
                                .body = std::string(body)},
                               std::move(reply));
  }
}

}  // namespace trackalert::api
