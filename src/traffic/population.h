// SPDX-License-Identifier: Apache-2.0
// The people of a service: where they live and work, with what they log in, and what has happened to them so far. Made
// from a seed, the same for the same seed; honest.h moves them on. About 150 bytes a login.
// Not thread safe.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "traffic/attempt.h"
#include "traffic/dice.h"
#include "traffic/world.h"

namespace trackalert::traffic {

/// A connection of a household, an office, a hotel.
struct Line {
  BlockIndex block = 0;
  std::uint16_t host = 0;
};

/// What the owner did last, as attackers that time themselves would know it.
struct LastSuccess {
  Time time = 0;  ///< 0: none yet
  BlockIndex block = 0;
};

/// From leaving to being back: no logins on the way, so that nobody travels faster than airliners do.
struct Trip {
  Time arrives = 0;
  Time leaves = 0;
  Time back = 0;
  Line hotel;
};

struct Person {
  Dice dice;
  Time stale_until = 0;  ///< the phone tries the password before this one until then
  Time cafe_until = 0;   ///< another network in the same city
  Time change_at = 0;    ///< the owner will change the password then; 0: as it comes
  Trip trip;
  LastSuccess last;
  std::uint32_t reports_per_1000_days = 0;
  std::int32_t day_number = -1;  ///< the last one looked at
  Line home;
  Line office;
  Line cafe;
  BlockIndex mobile = 0;
  std::uint16_t password = 0;  ///< a Secret
  std::uint8_t country = 0;
  std::uint8_t city = 0;
  std::uint8_t shift_hours = 0;
  std::uint8_t old_logins = 0;  ///< of a sleeper, still to come
  bool worker : 1 = false;
  bool vpn : 1 = false;
  bool ipv6 : 1 = false;
  bool dynamic : 1 = false;  ///< the address at home changes
  bool proxied : 1 = false;  ///< webmail's proxy logs in
  bool sleeper : 1 = false;
  bool sleeps_on : 1 = false;  ///< will not come back
  bool borrows : 1 = false;    ///< the next session with a browser is at somebody else's, in the same city
  bool left_on : 1 = false;    ///< the computer at home goes on while its owner travels
};

/// A program of a person that logs in.
struct Client {
  LoginIndex owner = 0;
  Role role = Role::desktop;
  Device device;
  std::uint8_t share_percent = 100;  ///< of its owner's logins
  std::uint8_t slips = 0;            ///< wrong passwords still to come before the right one
};

class Population {
 public:
  static constexpr unsigned max_logins = 10'000'000;
  static constexpr unsigned max_reports_per_day = 1000;

  struct Options {
    std::uint64_t seed = 1;
    unsigned logins = 1000;                      ///< 1 to max_logins
    std::uint32_t reports_per_1000_days = 5000;  ///< the mean of those who are not asleep
  };

  /// `world` must outlive it.
  Population(const World& world, const Options& options);

  [[nodiscard]] const World& world() const { return world_; }
  [[nodiscard]] std::uint32_t size() const { return static_cast<std::uint32_t>(people_.size()); }
  [[nodiscard]] Person& person(LoginIndex index) { return people_[index]; }
  [[nodiscard]] const Person& person(LoginIndex index) const { return people_[index]; }
  /// A person's clients stand side by side, in the order of the people.
  [[nodiscard]] std::vector<Client>& clients() { return clients_; }
  [[nodiscard]] const std::vector<Client>& clients() const { return clients_; }
  [[nodiscard]] std::span<Client> clients_of(LoginIndex index);
  [[nodiscard]] std::span<const Client> clients_of(LoginIndex index) const;
  /// Whether the login ever uses a device of that row now.
  [[nodiscard]] bool uses(LoginIndex index, std::uint8_t device_row) const;
  /// The device of the owner's most used client.
  [[nodiscard]] Device main_device(LoginIndex index) const;

 private:
  void settle(Person& person, unsigned companies_of_city);
  void equip(LoginIndex index);
  void add_client(LoginIndex index, Role role, unsigned weight, DeviceUse use);

  const World& world_;
  const Options options_;
  std::vector<Person> people_;
  std::vector<Client> clients_;
  std::vector<std::uint32_t> first_client_;  ///< by person, and one more
};

}  // namespace trackalert::traffic
