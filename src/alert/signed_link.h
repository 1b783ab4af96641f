// SPDX-License-Identifier: Apache-2.0
// The links by which the owner of an account answers an alert without a login: all that the answer needs is in the
// link, under a keyed hash, so that only this daemon can have made it.
//
// A token is 91 letters of Base64url over 68 bytes (integers big-endian): version (1), alert id (8), keyed hash of the
// login (8), seconds since 1970 at which it ends (8), language (2 small letters), what it proposes (1), link id (8),
// and HMAC-SHA256 (32) of all before. The key is 32 random bytes: guessing is hopeless at any rate, so nothing slows
// guessers down but the cost of one hash each. Where a link was used is not the token's to know: whoever takes it looks
// up its id.
//
// Pure but for the key; any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "alert/verdict.h"
#include "crypto/console_key.h"

namespace trackalert::alert {

/// Two small letters.
[[nodiscard]] bool is_language(std::string_view text);

struct Link {
  std::string alert;                 ///< its id, 16 hex digits
  std::string login_hash;            ///< LinkSigner::login_hash()
  history::Time expires = 0;         ///< whole seconds
  std::string language;              ///< "en"
  Verdict proposed = Verdict::good;  ///< which button was clicked
  std::string id;                    ///< 16 hex digits: links of one mail share it, so that they are used up together
  bool operator==(const Link&) const = default;
};

class LinkSigner {
 public:
  static constexpr std::size_t token_size = 91;

  explicit LinkSigner(const crypto::Key& key) : key_(key) {}

  /// So that a link is of no use for another login than that whose mail it was in. 16 hex digits.
  [[nodiscard]] std::string login_hash(std::string_view login) const;
  /// The same for the same delivery: a mail that is sent twice has the same links.
  [[nodiscard]] std::string link_id(std::string_view delivery_id, std::string_view login) const;
  /// Empty where the link has no such form as above.
  [[nodiscard]] std::string token(const Link& link) const;
  /// Nothing for all that token() has not made, and for what has ended.
  [[nodiscard]] std::optional<Link> read(std::string_view token, history::Time now) const;

 private:
  const crypto::Key key_;
};

/// The key of a history's links, `feedback.key` in its folder: made at the first call, whole or not at all, for our
/// eyes only. An error names the file: it is not 32 bytes in Base64, or others may read it.
[[nodiscard]] base::Result<crypto::Key> open_link_key(const std::string& folder);
inline constexpr const char* link_key_file = "feedback.key";

}  // namespace trackalert::alert
