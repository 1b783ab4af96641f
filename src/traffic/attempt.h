// SPDX-License-Identifier: Apache-2.0
// One generated login, before it is text. Plain values.
#pragma once

#include <cstdint>
#include <optional>

#include "base/address.h"
#include "traffic/devices.h"
#include "traffic/family.h"
#include "traffic/timing.h"

namespace trackalert::traffic {

/// A login by its number. From the population's size on, they are names that the service does not know.
using LoginIndex = std::uint32_t;

/// A password: whether two are equal, not how it reads. The owners' are 0, 1, 2, ..., each replacing the one before.
using Secret = std::uint64_t;
inline constexpr Secret first_common_secret = Secret{1} << 40;  ///< the world's most used passwords
inline constexpr Secret first_typo_secret = Secret{1} << 41;    ///< an owner's slips; guesses that nobody else makes

enum class Outcome : std::uint8_t {
  success,
  wrong_password,   ///< fail_type credentials
  unknown_account,  ///< account
  out_of_order,     ///< internal: the service's own fault
  refused,          ///< policy, with policy_reject
};

struct Label {
  Family family = Family::password_spray;
  std::uint32_t campaign = 0;  ///< from 1 on
};

struct Attempt {
  Time time = 0;
  base::Address remote;
  LoginIndex login = 0;
  Secret secret = 0;
  std::uint64_t session = 0;
  Device device;
  Outcome outcome = Outcome::success;
  bool tls = true;
  std::optional<Label> label;  ///< none: honest
};

}  // namespace trackalert::traffic
