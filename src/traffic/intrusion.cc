// SPDX-License-Identifier: Apache-2.0
#include "traffic/intrusion.h"

#include <algorithm>

namespace trackalert::traffic {
namespace {

/// Another continent cannot be reached in that time.
constexpr Time just_now = 40 * minute;
constexpr Time look_again = 7 * minute;

}  // namespace

Intrusion::Intrusion(const Population& population, const Label& label, std::vector<Visit> visits, Dice dice)
    : Campaign(population, label, dice), visits_(std::move(visits)) {
  std::ranges::stable_sort(visits_, std::greater(), &Visit::at);
}

void Intrusion::add(const Visit& visit) {
  const auto at = std::ranges::find_if(visits_, [&](const Visit& other) { return other.at <= visit.at; });
  visits_.insert(at, visit);
}

std::optional<Time> Intrusion::next_time() const {
  const auto session = sessions_.next_time();
  if (visits_.empty()) return session;
  return session ? std::min(*session, visits_.back().at) : visits_.back().at;
}

bool Intrusion::is_ready(const Visit& visit, Time now) const {
  const auto& world = population_.world();
  const auto& person = population_.person(visit.login);
  if (visit.wait == Wait::password_retired) return person.password > 0;
  if (visit.wait == Wait::none) return true;
  if (person.last.time == 0 || now - person.last.time > just_now) return false;
  const auto kind = world.network_of(person.last.block).kind;
  const auto continent_of = [&](BlockIndex block) { return countries()[world.blocks()[block].country].continent; };
  return (kind == NetworkKind::access || kind == NetworkKind::company) &&
         continent_of(person.last.block) != continent_of(visit.block);
}

void Intrusion::postpone(Visit visit, Time now) {
  visit.at = now + look_again;
  if (visit.at <= visit.give_up) add(visit);
}

std::optional<Attempt> Intrusion::step(Time now) {
  if (const auto session = sessions_.next_time(); session && *session <= now) {
    const auto due = sessions_.take();
    return enter(now, due.login, due.remote, due.device);
  }
  if (visits_.empty()) return std::nullopt;
  const Visit visit = visits_.back();
  visits_.pop_back();
  if (!is_ready(visit, now)) {
    postpone(visit, now);
    return std::nullopt;
  }
  if (visit.retired_password) {
    auto out = attempt(now, visit.login, visit.remote, visit.device);
    out.secret = population_.person(visit.login).password - 1U;
    out.outcome = Outcome::wrong_password;
    return out;
  }
  Time at = now;
  for (unsigned left = visit.sessions; left > 0; --left) {
    at += dice_.between(minute, 4 * hour);
    sessions_.add({at, visit.login, visit.remote, visit.device});
  }
  return enter(now, visit.login, visit.remote, visit.device);
}

}  // namespace trackalert::traffic
