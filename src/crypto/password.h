// SPDX-License-Identifier: Apache-2.0
// The password of the HTTP API: how it is configured, hashed, sent and compared.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace trackalert::crypto {

/// Knows the one right password, given as itself or as an Argon2id hash. Copies are cheap and share what has been
/// learned; any thread may call any method.
///
/// What is compared are keyed hashes under a random key of this object's own, in constant time, so neither content nor
/// length of the right password shows in the time taken. A plain password is not kept.
///
/// Verifying against an Argon2id hash costs tens of milliseconds and 64 MiB, so matches() does it for one caller at a
/// time, and only until the right password has been seen once: from then on every candidate, right or wrong, is one
/// keyed hash.
class PasswordCheck {
 public:
  /// Matches nobody.
  PasswordCheck() = default;

  /// `configured` is the password itself, or what hash_password() returned ("$argon2id$..."). Empty: matches nobody.
  /// Fails when it starts like a hash and is none; the error does not repeat it.
  static base::Result<PasswordCheck> from_config(std::string_view configured);

  [[nodiscard]] bool matches(std::string_view candidate) const;

  /// Whether matches() may take long and wait for others: do it off the I/O thread then. Always false for an empty
  /// candidate, which matches nobody.
  [[nodiscard]] bool needs_slow_check(std::string_view candidate) const;

  /// Whether from_config() made it of this very text: then it need not be made anew, and what it has learned stays.
  [[nodiscard]] bool is_made_of(std::string_view configured) const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

/// An Argon2id hash with a random salt (libsodium's INTERACTIVE limits) for the configuration. Fails on an empty
/// password and when memory is short.
[[nodiscard]] base::Result<std::string> hash_password(std::string_view password);

struct Credentials {
  std::string user;
  std::string password;
};

/// The value of an Authorization header: "Basic" in any case, one space, Base64 (blanks and missing padding are let
/// pass), split at the first colon. nullopt for anything else; the user may be empty.
[[nodiscard]] std::optional<Credentials> parse_basic_auth(std::string_view header_value);

}  // namespace trackalert::crypto
