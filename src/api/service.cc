// SPDX-License-Identifier: Apache-2.0
#include "api/service.h"

#include "api/answers.h"
#include "api/cross_site.h"
#include "crypto/constant_time.h"

namespace trackalert::api {
namespace {

/// What anybody gets, without ACL and password.
std::optional<net::Response> plain_refusal(const Route& route) {
  switch (route.command) {
    case Command::not_found:
      return not_found();
    case Command::not_allowed:
      return not_allowed(route.allow);
    case Command::no_options:
    case Command::forbidden_path:
      return empty(403);
    default:
      return std::nullopt;
  }
}

// What admit() leaves for serve(): the command, and whether the password is still to be checked.

std::uint64_t note_of(const Route& route, Access::Verdict verdict) {
  return static_cast<std::uint64_t>(route.command) << 1 | (verdict == Access::Verdict::undecided ? 1 : 0);
}

Command command_in(std::uint64_t note) {
  return static_cast<Command>(note >> 1);
}
bool undecided_in(std::uint64_t note) {
  return (note & 1) != 0;
}

}  // namespace

ApiService::ApiService(const Backend& backend, SlowAuth& slow_auth)
    : backend_(backend), slow_auth_(slow_auth), access_(backend.access), handler_(backend) {}

bool ApiService::is_in_acl(const Access& access, const base::Address& peer) {
  if (peer_under_ == &access && peer == peer_) return true;
  if (!access.acl.contains(peer)) return false;
  peer_under_ = &access;
  peer_ = peer;
  return true;
}

Access::Verdict ApiService::check_password(const Access& access, const Route& route, std::string_view authorization) {
  if (known_under_ == &access && crypto::equal_in_constant_time(authorization, known_)) {
    return Access::Verdict::granted;
  }
  const auto verdict = access.check_password(route, authorization);
  if (verdict == Access::Verdict::granted && route.password == Password::needed) {
    known_under_ = &access;
    known_ = authorization;
  }
  return verdict;
}

std::optional<std::string_view> ApiService::public_path() const {
  if (backend_.feedback == nullptr) return std::nullopt;
  return backend_.feedback->public_path;
}

std::optional<net::Response> ApiService::admit(const net::RequestHead& head, net::Admission& admission) {
  const auto& access = *access_();
  // Now, and not when it is next used: by then another Access might lie at the same address.
  if (known_under_ != &access) known_under_ = nullptr;
  if (peer_under_ != &access) peer_under_ = nullptr;
  const auto route = find_route(head.method, head.target, access.custom_endpoints, public_path());
  if (route.command == Command::feedback_page || route.command == Command::feedback_answer) {
    admission.note = note_of(route, Access::Verdict::granted);
    admission.small_body = true;
    return refuse_feedback(backend_, route);
  }
  if (is_cross_site(head)) return cross_site();
  if (!route.guarded) return plain_refusal(route);
  if (!is_in_acl(access, head.peer)) return not_in_acl(head.peer);
  const bool has_to_know = access.needs_password(route);
  admission.small_body = !has_to_know;
  const bool guesses = has_to_know && !head.authorization.empty();
  // Before the password is looked at: else a guess that is right would be told from those that are held.
  if (guesses && !head.vouched && backend_.guesses.holds(head.peer)) return too_many_guesses();
  const auto verdict = check_password(access, route, head.authorization);
  if (has_to_know) admission.vouched = verdict == Access::Verdict::granted;
  if (verdict == Access::Verdict::denied) {
    if (guesses) backend_.guesses.note_wrong(head.peer);
    backend_.auth_log.failed(head.target, {head.peer, head.peer_port});
    return unauthorized();
  }
  admission.note = note_of(route, verdict);
  return std::nullopt;
}

void ApiService::serve(const net::RequestHead& head, std::string_view body, net::Reply reply) {
  const auto& access = *access_();
  Route route{.command = command_in(head.admitted), .password = Password::needed, .guarded = true};
  if (has_argument(route.command)) {
    route = find_route(head.method, head.target, access.custom_endpoints, public_path());
  }
  if (!undecided_in(head.admitted)) {
    return handler_.handle(route, access, {head.peer, head.peer_port}, body, std::move(reply));
  }
  slow_auth_.submit({.route = std::move(route),
                     .access = backend_.access.get(),
                     .authorization = std::string(head.authorization),
                     .target = std::string(head.target),
                     .peer = {head.peer, head.peer_port},
                     .body = std::string(body)},
                    std::move(reply));
}

}  // namespace trackalert::api
