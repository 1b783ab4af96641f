// SPDX-License-Identifier: Apache-2.0
#include "traffic/campaign.h"

#include <algorithm>

namespace trackalert::traffic {

void Sessions::add(const Session& session) {
  const auto at = std::ranges::find_if(waiting_, [&](const Session& other) { return other.at <= session.at; });
  waiting_.insert(at, session);
}

std::optional<Time> Sessions::next_time() const {
  return waiting_.empty() ? std::nullopt : std::optional(waiting_.back().at);
}

Sessions::Session Sessions::take() {
  const Session session = waiting_.back();
  waiting_.pop_back();
  return session;
}

Attempt Campaign::attempt(Time now, LoginIndex login, const base::Address& remote, const Device& device) {
  Attempt out;
  out.time = now;
  out.login = login;
  out.remote = remote;
  out.device = device;
  out.session = dice_.roll();
  out.label = label_;
  return out;
}

Attempt Campaign::enter(Time now, LoginIndex login, const base::Address& remote, const Device& device) {
  auto out = attempt(now, login, remote, device);
  out.secret = population_.person(login).password;
  if (std::ranges::find(taken_, login) == taken_.end()) taken_.push_back(login);
  return out;
}

}  // namespace trackalert::traffic
