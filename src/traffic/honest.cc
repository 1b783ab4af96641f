// SPDX-License-Identifier: Apache-2.0
#include "traffic/honest.h"

#include <algorithm>

namespace trackalert::traffic {
namespace {

// So often in a million days of a login.
constexpr unsigned cafes = 3000;
constexpr unsigned first_uses_of_vpn = 300;
constexpr unsigned moves = 100;
constexpr unsigned borrowings = 50;  ///< a strange device in a strange network: two unusual things at once
constexpr unsigned address_changes = 60'000;
constexpr unsigned updates = 10'000;

// So often in a million logins.
constexpr unsigned internal_failures = 300;
constexpr unsigned policy_rejects = 100;
constexpr unsigned slips_of_programs = 500;

constexpr unsigned sleepers_that_return_percent = 10;
constexpr Time longest_flight_near = 10 * hour;  ///< within a continent of the table, at the speed of an airliner
constexpr Time longest_flight_far = 25 * hour;   ///< half around the globe
constexpr Time stay = 2 * hour;                  ///< a client is somewhere for so long
constexpr unsigned max_refusals = 500;           ///< of a time by the rhythm of the day, before it is taken

bool in_office_hours(const LocalTime& local) {
  return local.weekday < 5 && local.hour_of_day >= 8 && local.hour_of_day < 18;
}

std::uint16_t any_host(Dice& dice) {
  return static_cast<std::uint16_t>(dice.between(16, 65519));
}

Line any_line(Dice& dice, std::span<const BlockIndex> blocks) {
  const auto block = dice.one_of(blocks);
  return {block, any_host(dice)};
}

int offset_of(const Person& person) {
  return countries()[person.country].utc_offset_min;
}

}  // namespace

std::optional<Time> Honest::first_time(std::uint32_t client_index) {
  const auto& client = population_.clients()[client_index];
  auto& person = population_.person(client.owner);
  if (person.sleeper) {
    person.old_logins -= 1;
    return period_.begin - person.dice.between(125 * day, 135 * day);
  }
  const Time early = early_time(client);
  const Time first = std::min(early, next_time(client, period_.begin));
  return first < period_.end ? std::optional(first) : std::nullopt;
}

/// All have lived before the begin: what somebody uses once a month is not to look new in the third week.
Time Honest::early_time(const Client& client) {
  auto& person = population_.person(client.owner);
  Time at = period_.begin;
  for (unsigned refusals = 0; refusals < max_refusals; ++refusals) {
    at = period_.begin + person.dice.between(0, 5 * day);
    if (person.dice.below(100) < busyness(client.role, LocalTime(at, offset_of(person)), person.shift_hours)) break;
  }
  return at;
}

Honest::Step Honest::step(std::uint32_t client_index, Time now) {
  auto& client = population_.clients()[client_index];
  auto& person = population_.person(client.owner);
  if (!person.sleeper) live_through(client.owner, now);
  if (person.change_at != 0 && now >= person.change_at && !person.sleeper) change_password(person, now);
  Step out;
  if (const auto place = whereabouts(client, now)) {
    auto& attempt = out.attempt.emplace();
    attempt.time = now;
    attempt.remote = place->remote;
    attempt.login = client.owner;
    attempt.device = client.device;
    attempt.session = person.dice.roll();
    BlockIndex block = place->block;
    if (person.borrows && client.role == Role::browser && now >= person.trip.back) {
      person.borrows = false;
      const auto line = any_line(person.dice, population_.world().access_blocks(person.country, person.city));
      block = line.block;
      attempt.remote = population_.world().v4(line.block, line.host);
      attempt.device = pick_device(DeviceUse::desktop_browser, person.dice);
    }
    judge(client, attempt);
    if (attempt.outcome == Outcome::success) person.last = {now, block};
  }
  const auto next = person.sleeper ? next_of_sleeper(client, now) : next_time(client, now);
  if (next && *next < period_.end) out.next = next;
  return out;
}

void Honest::live_through(LoginIndex index, Time now) {
  auto& person = population_.person(index);
  const LocalTime local(now, offset_of(person));
  if (local.day_number == person.day_number) return;
  person.day_number = local.day_number;
  auto& dice = person.dice;
  const auto& mix = population_.world().mix();
  const auto& world = population_.world();
  if (person.dynamic && dice.per_million(address_changes)) {
    person.home.host = any_host(dice);
  }
  if (now >= person.trip.back && dice.per_million(mix.travels_per_million)) start_trip(person, now);
  if (dice.per_million(cafes)) {
    person.cafe = any_line(dice, world.access_blocks(person.country, person.city));
    person.cafe_until = now + dice.between(hour, 4 * hour);
  }
  if (dice.per_million(borrowings)) person.borrows = true;
  if (dice.per_million(first_uses_of_vpn)) person.vpn = true;
  if (dice.per_million(moves)) person.home = any_line(dice, world.access_blocks(person.country, person.city));
  renew_devices(index, dice);
  if (person.change_at == 0 && dice.per_million(mix.new_passwords_per_million)) change_password(person, now);
}

void Honest::start_trip(Person& person, Time now) {
  auto& dice = person.dice;
  const auto& world = population_.world();
  const bool abroad = dice.percent(60);
  const auto to = abroad ? world.other_country(person.country, true, dice) : person.country;
  const bool far = countries()[to].continent != countries()[person.country].continent;
  const Time flight = far ? longest_flight_far : longest_flight_near;
  person.trip.arrives = now + flight;
  person.trip.leaves = person.trip.arrives + dice.between(day, 10 * day);
  person.trip.back = person.trip.leaves + flight;
  person.trip.hotel = {world.any_access(to, dice), any_host(dice)};
}

void Honest::renew_devices(LoginIndex index, Dice& dice) {
  for (auto& client : population_.clients_of(index)) {
    if (dice.per_million(updates) && client.device.version + 1U < device_rows()[client.device.row].versions) {
      client.device.version += 1;
    }
    if (client.role == Role::phone && dice.per_million(population_.world().mix().new_phones_per_million)) {
      client.device = pick_device(DeviceUse::phone_mail, dice);
    }
  }
}

void Honest::change_password(Person& person, Time now) {
  person.change_at = 0;
  person.password += 1;
  // Mostly hours, now and then days: the phone lies in a drawer.
  person.stale_until = now + person.dice.between(hour / 2, person.dice.between(hour, 72 * hour));
}

bool Honest::stale(const Client& client, Time now) const {
  const auto& person = population_.person(client.owner);
  return now < person.stale_until && client.role == Role::phone && person.password > 0;
}

void Honest::judge(Client& client, Attempt& attempt) {
  auto& person = population_.person(client.owner);
  auto& dice = person.dice;
  attempt.secret = person.password;
  if (stale(client, attempt.time)) {
    attempt.secret = person.password - 1U;
    attempt.outcome = Outcome::wrong_password;
    return;
  }
  const unsigned slips = client.role == Role::browser ? population_.world().mix().typos_per_million : slips_of_programs;
  if (client.slips == 0 && dice.per_million(slips)) client.slips = static_cast<std::uint8_t>(dice.between(1, 2) + 1);
  if (client.slips > 1) {
    attempt.secret = first_typo_secret + dice.below(first_typo_secret);
    attempt.outcome = Outcome::wrong_password;
    client.slips -= 1;
    return;
  }
  client.slips = 0;
  if (dice.per_million(internal_failures)) attempt.outcome = Outcome::out_of_order;
  if (dice.per_million(policy_rejects)) attempt.outcome = Outcome::refused;
}

std::optional<Honest::Place> Honest::whereabouts(const Client& client, Time now) const {
  const auto& person = population_.person(client.owner);
  const auto& trip = person.trip;
  const LocalTime local(now, offset_of(person));
  if (now < trip.back) {
    if (client.role == Role::desktop) {
      return person.left_on ? std::optional(at_line(client, person.home, now)) : std::nullopt;
    }
    const bool there = now >= trip.arrives && now < trip.leaves && client.role != Role::office;
    return there ? std::optional(at_line(client, trip.hotel, now)) : std::nullopt;
  }
  // Dice of their own, so that a second try comes from where the first did.
  Dice dice(mix(mix(seed_, client.owner),
                static_cast<std::uint64_t>(now / stay) * role_count + static_cast<std::uint64_t>(client.role)));
  if (client.role == Role::office) return at_line(client, person.office, now);
  if (person.vpn && dice.percent(30)) return behind_anonymiser(person, dice);
  if (client.role == Role::desktop) return at_line(client, person.home, now);
  if (now < person.cafe_until) return at_line(client, person.cafe, now);
  if (client.role == Role::phone) return on_phone(client, dice, now);
  if (person.proxied) return behind_proxy();
  const bool at_work = person.worker && in_office_hours(local) && dice.percent(60);
  return at_line(client, at_work ? person.office : person.home, now);
}

Honest::Place Honest::on_phone(const Client& client, Dice& dice, Time now) const {
  const auto& person = population_.person(client.owner);
  const LocalTime local(now, offset_of(person));
  const bool by_day = local.hour_of_day >= 8 && local.hour_of_day < 18;
  if (!dice.percent(by_day ? 60 : 25)) {
    return at_line(client, person.worker && in_office_hours(local) ? person.office : person.home, now);
  }
  const auto host = static_cast<std::uint16_t>(16 + dice.below(population_.world().mix().nat_addresses));
  return {person.mobile, population_.world().v4(person.mobile, host)};
}

Honest::Place Honest::at_line(const Client& client, const Line& line, Time now) const {
  const auto& person = population_.person(client.owner);
  const auto& world = population_.world();
  // Offices have their gateway, and that has one address.
  if (!person.ipv6 || world.network_of(line.block).kind == NetworkKind::company) {
    return {line.block, world.v4(line.block, line.host)};
  }
  // A privacy address (RFC 8981): the device's part changes by the day.
  const auto interface = mix(mix(seed_, client.owner), static_cast<std::uint64_t>(now / day) * role_count +
                                                           static_cast<std::uint64_t>(client.role));
  return {line.block, World::v6(line.block, line.host, interface)};
}

Honest::Place Honest::behind_anonymiser(const Person& person, Dice& dice) const {
  const auto& world = population_.world();
  const auto blocks = world.anonymiser_blocks();
  auto block = dice.one_of(blocks);
  // Most take the exit that is near.
  for (const auto near : blocks) {
    if (world.blocks()[near].country == person.country && dice.percent(40)) block = near;
  }
  return {block, world.v4(block, static_cast<std::uint16_t>(16 + dice.below(20)))};
}

Honest::Place Honest::behind_proxy() const {
  const auto& world = population_.world();
  const auto block = world.company_block(world.own_country(), 0);
  return {block, world.v4(block, 8)};
}

Time Honest::next_time(const Client& client, Time now) {
  auto& person = population_.person(client.owner);
  auto& dice = person.dice;
  if (client.slips > 0) return now + dice.between(4 * second, 25 * second);
  const Time mean = std::max<Time>(
      minute, 1000 * day / std::max<Time>(1, Time{person.reports_per_1000_days} * client.share_percent / 100));
  if (stale(client, now)) return now + std::min(mean, 15 * minute) * dice.between(800, 1200) / 1000;
  // Times that come more often than wanted, and are taken the more often the busier their hour is.
  const Time step = mean * mean_busyness(client.role) / 100;
  Time at = now;
  for (unsigned refusals = 0; refusals < max_refusals && at < period_.end; ++refusals) {
    at += std::max<Time>(second, step * dice.between(250, 1750) / 1000);
    const LocalTime local(at, offset_of(person));
    if (dice.below(100) < busyness(client.role, local, person.shift_hours)) break;
  }
  return at;
}

std::optional<Time> Honest::next_of_sleeper(const Client& client, Time now) {
  auto& person = population_.person(client.owner);
  if (client.slips > 0) return now + person.dice.between(4 * second, 25 * second);
  if (person.old_logins > 0) {
    person.old_logins -= 1;
    return now + person.dice.between(30 * hour, 84 * hour);
  }
  if (now >= period_.begin) return now + person.dice.between(12 * hour, 5 * day);  // awake again
  if (person.sleeps_on || !person.dice.percent(sleepers_that_return_percent)) return std::nullopt;
  return period_.begin + person.dice.between(0, period_.end - period_.begin);
}

}  // namespace trackalert::traffic
