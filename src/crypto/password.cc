// SPDX-License-Identifier: Apache-2.0
#include "crypto/password.h"

#include <sodium.h>

#include <array>
#include <atomic>
#include <mutex>

#include "base/ascii.h"
#include "crypto/base64.h"
#include "crypto/sodium.h"

namespace trackalert::crypto {
namespace {

constexpr std::string_view argon2id_prefix = "$argon2id$";

bool is_argon2id(const std::string& text) {
  // 32 bytes in Base64; libsodium would take a hash whose end was lost, and then match nobody.
  constexpr std::size_t hash_characters = 43;
  if (text.size() - text.rfind('$') - 1 != hash_characters) return false;
  // Parses the string; what it says about the limits does not matter here.
  return text.size() < crypto_pwhash_STRBYTES && text.find('\0') == text.npos &&
         crypto_pwhash_str_needs_rehash(text.c_str(), crypto_pwhash_OPSLIMIT_INTERACTIVE,
                                        crypto_pwhash_MEMLIMIT_INTERACTIVE) != -1;
}

}  // namespace

struct PasswordCheck::State {
  using Hash = std::array<unsigned char, crypto_generichash_BYTES>;

  State() {
    ensure_sodium();
    crypto_generichash_keygen(key.data());
  }
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() { sodium_memzero(key.data(), key.size()); }

  [[nodiscard]] Hash keyed_hash(std::string_view text) const {
    Hash out;
    crypto_generichash(out.data(), out.size(), reinterpret_cast<const unsigned char*>(text.data()), text.size(),
                       key.data(), key.size());
    return out;
  }

  /// Only when `known`.
  [[nodiscard]] bool is_right(const Hash& candidate) const {
    return sodium_memcmp(candidate.data(), right.data(), right.size()) == 0;
  }

  void learn(const Hash& hash) {
    right = hash;
    known.store(true, std::memory_order_release);
  }

  std::array<unsigned char, crypto_generichash_KEYBYTES> key;
  std::string argon2id;  ///< the configured hash; empty for a plain password
  /// The keyed hash of the right password. Written once, before `known`: two passwords with the same Argon2id hash are
  /// as likely as a broken hash function, so the first that verifies is the only one.
  Hash right{};
  std::atomic<bool> known{false};
  std::mutex slow;  ///< one Argon2id at a time: a flood must not take 64 MiB per request
};

base::Result<PasswordCheck> PasswordCheck::from_config(std::string_view configured) {
  PasswordCheck check;
  if (configured.empty()) return check;
  auto state = std::make_shared<State>();
  if (configured.starts_with(argon2id_prefix)) {
    state->argon2id = configured;
    if (!is_argon2id(state->argon2id)) return base::fail("the password starts like an Argon2id hash but is none");
  } else {
    state->learn(state->keyed_hash(configured));
  }
  check.state_ = std::move(state);
  return check;
}

bool PasswordCheck::needs_slow_check(std::string_view candidate) const {
  return state_ && !candidate.empty() && !state_->known.load(std::memory_order_acquire);
}

bool PasswordCheck::is_made_of(std::string_view configured) const {
  if (!state_ || configured.empty()) return !state_ && configured.empty();
  if (configured.starts_with(argon2id_prefix)) return state_->argon2id == configured;
  return state_->argon2id.empty() && state_->is_right(state_->keyed_hash(configured));
}

bool PasswordCheck::matches(std::string_view candidate) const {
  if (!state_ || candidate.empty()) return false;
  const auto hash = state_->keyed_hash(candidate);
  if (state_->known.load(std::memory_order_acquire)) return state_->is_right(hash);

  const std::lock_guard lock(state_->slow);
  // While this one waited, another may have found it.
  if (state_->known.load(std::memory_order_acquire)) return state_->is_right(hash);
  if (crypto_pwhash_str_verify(state_->argon2id.c_str(), candidate.data(), candidate.size()) != 0) return false;
  state_->learn(hash);
  return true;
}

base::Result<std::string> hash_password(std::string_view password) {
  ensure_sodium();
  if (password.empty()) return base::fail("an empty password cannot be used");
  std::array<char, crypto_pwhash_STRBYTES> out{};
  if (crypto_pwhash_str(out.data(), password.data(), password.size(), crypto_pwhash_OPSLIMIT_INTERACTIVE,
                        crypto_pwhash_MEMLIMIT_INTERACTIVE) != 0)
    return base::fail("not enough memory to hash the password");
  return std::string(out.data());
}

std::optional<Credentials> parse_basic_auth(std::string_view header_value) {
  constexpr std::string_view scheme = "basic ";
  if (!base::equal_but_for_case(header_value.substr(0, scheme.size()), scheme)) return std::nullopt;
  const auto decoded = base64_decode_blanks_and_no_padding(header_value.substr(scheme.size()));
  if (!decoded) return std::nullopt;
  const auto colon = decoded->find(':');
  if (colon == decoded->npos) return std::nullopt;
  return Credentials{decoded->substr(0, colon), decoded->substr(colon + 1)};
}

}  // namespace trackalert::crypto
