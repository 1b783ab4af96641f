// SPDX-License-Identifier: Apache-2.0
#include "traffic/population.h"

#include <algorithm>

namespace trackalert::traffic {
namespace {

/// Activity follows Zipf's law: somebody of rank k of `ranks` logs in 1/k times as often as the busiest.
constexpr unsigned ranks = 64;
/// 1000 times the mean of 1/k: H(64) / 64.
constexpr std::uint64_t mean_rank_share_1000 = 74;

constexpr std::uint8_t logins_before_sleep = 7;

std::uint16_t any_host(Dice& dice) {
  return static_cast<std::uint16_t>(dice.between(16, 65519));
}

}  // namespace

Population::Population(const World& world, const Options& options) : world_(world), options_(options) {
  people_.resize(std::clamp(options.logins, 1U, max_logins));
  first_client_.reserve(people_.size() + 1);
  // Three of four live in the home country, which has three cities.
  const unsigned companies = std::max(1U, size() / 100 * world.mix().worker / 4 / World::company_size);
  for (LoginIndex index = 0; index < size(); ++index) {
    people_[index].dice = Dice(mix(options.seed, index));
    settle(people_[index], companies);
    equip(index);
  }
  first_client_.push_back(static_cast<std::uint32_t>(clients_.size()));
}

void Population::settle(Person& person, unsigned companies_of_city) {
  auto& dice = person.dice;
  const auto& mix = world_.mix();
  person.country = world_.home_country(dice);
  person.city = static_cast<std::uint8_t>(dice.below(countries()[person.country].cities.size()));
  person.home = {dice.one_of(world_.access_blocks(person.country, person.city)), any_host(dice)};
  person.mobile = dice.one_of(world_.mobile_blocks(person.country));
  // Everybody at a company has one address: its gateway's.
  person.office = {world_.company_block(person.country, person.city),
                   static_cast<std::uint16_t>(256 + 16 * dice.below(std::min(companies_of_city, 4000U)))};
  person.worker = dice.percent(mix.worker);
  person.shift_hours = static_cast<std::uint8_t>(dice.percent(mix.shift_worker) ? 8 * dice.between(1, 2) : 0);
  person.vpn = dice.percent(mix.vpn);
  person.ipv6 = dice.percent(mix.ipv6);
  person.dynamic = dice.percent(mix.dynamic_address);
  person.proxied = dice.percent(mix.proxied);
  person.left_on = dice.percent(10);
  person.sleeper = dice.percent(mix.sleeper);
  if (person.sleeper) person.old_logins = logins_before_sleep;
  const auto busiest = std::uint64_t{options_.reports_per_1000_days} * 1000 / mean_rank_share_1000;
  person.reports_per_1000_days =
      static_cast<std::uint32_t>(std::max<std::uint64_t>(1, busiest / dice.between(1, ranks)));
}

void Population::equip(LoginIndex index) {
  first_client_.push_back(static_cast<std::uint32_t>(clients_.size()));
  const auto first = clients_.size();
  auto& person = people_[index];
  const auto& mix = world_.mix();
  if (person.sleeper) {
    add_client(index, Role::desktop, 1, DeviceUse::desktop_mail);
  } else {
    if (person.dice.percent(mix.phone)) add_client(index, Role::phone, 50, DeviceUse::phone_mail);
    if (person.dice.percent(mix.desktop)) add_client(index, Role::desktop, 30, DeviceUse::desktop_mail);
    if (person.worker) add_client(index, Role::office, 20, DeviceUse::desktop_mail);
    if (person.dice.percent(mix.browser) || clients_.size() == first) {
      const auto use = person.proxied            ? DeviceUse::proxy
                       : person.dice.percent(80) ? DeviceUse::desktop_browser
                                                 : DeviceUse::phone_browser;
      add_client(index, Role::browser, 10, use);
    }
  }
  unsigned sum = 0;
  for (auto at = first; at < clients_.size(); ++at) sum += clients_[at].share_percent;
  for (auto at = first; at < clients_.size(); ++at) {
    clients_[at].share_percent = static_cast<std::uint8_t>(std::max(1U, clients_[at].share_percent * 100U / sum));
  }
}

void Population::add_client(LoginIndex index, Role role, unsigned weight, DeviceUse use) {
  clients_.push_back({index, role, pick_device(use, people_[index].dice), static_cast<std::uint8_t>(weight), 0});
}

std::span<Client> Population::clients_of(LoginIndex index) {
  return std::span(clients_).subspan(first_client_[index], first_client_[index + 1] - first_client_[index]);
}

std::span<const Client> Population::clients_of(LoginIndex index) const {
  return std::span(clients_).subspan(first_client_[index], first_client_[index + 1] - first_client_[index]);
}

bool Population::uses(LoginIndex index, std::uint8_t device_row) const {
  return std::ranges::any_of(clients_of(index), [&](const Client& client) { return client.device.row == device_row; });
}

Device Population::main_device(LoginIndex index) const {
  return std::ranges::max_element(clients_of(index), {}, &Client::share_percent)->device;
}

}  // namespace trackalert::traffic
