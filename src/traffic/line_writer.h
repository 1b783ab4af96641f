// SPDX-License-Identifier: Apache-2.0
// Attempts as lines of JSON, as wforce's webhook sends a report: all of its members, always, sorted by name; and
// between them "label" on those of attackers. Holds the texts of all devices. Not thread safe.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "traffic/attempt.h"

namespace trackalert::traffic {

/// 12 bits over (nonce, login, password) in hex, as Dovecot and wforce send them by default.
[[nodiscard]] std::uint16_t password_hash(std::uint64_t nonce, LoginIndex login, Secret secret);
inline constexpr unsigned password_hash_values = 1U << 12;

/// "ada.hill.1a2b@example.com": names differ for different logins, and say nothing about the number.
[[nodiscard]] std::string login_name(LoginIndex login, std::string_view domain);

class LineWriter {
 public:
  /// `domain` is kept: text that lives on.
  LineWriter(std::uint64_t nonce, std::string_view domain);

  /// Appends a line and its end.
  void append(std::string& out, const Attempt& attempt) const;

 private:
  struct Texts {
    std::string attributes;  ///< the object
    std::string id;          ///< a JSON string
    std::string_view protocol;
  };

  [[nodiscard]] const Texts& texts_of(const Device& device) const {
    return texts_[first_[device.row] + device.version];
  }

  const std::uint64_t nonce_;
  const std::string_view domain_;
  std::vector<Texts> texts_;
  std::vector<std::size_t> first_;  ///< by row, in texts_
};

}  // namespace trackalert::traffic
