// SPDX-License-Identifier: Apache-2.0
// Logins as a keyed hash of themselves: equal logins stay equal, and only who has the directory's key can look one up.
// Pure once made.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace trackalert::history::rocksdb {

class Pseudonym {
 public:
  /// Without a key logins stay as they are.
  explicit Pseudonym(std::optional<std::string> key) : key_(std::move(key)) {}
  [[nodiscard]] bool on() const { return key_.has_value(); }
  /// "~" and 24 characters: HMAC-SHA256 under the key, cut to 144 bits, in Base64. No login stays none.
  [[nodiscard]] std::string operator()(std::string_view login) const;

 private:
  std::optional<std::string> key_;
};

}  // namespace trackalert::history::rocksdb
