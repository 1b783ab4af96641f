// SPDX-License-Identifier: Apache-2.0
#include "crypto/hmac.h"

#include <sodium.h>

#include "crypto/sodium.h"

namespace trackalert::crypto {
namespace {

const unsigned char* raw(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

}  // namespace

Digest256 sha256(std::string_view data) {
  ensure_sodium();
  Digest256 out;
  crypto_hash_sha256(out.data(), raw(data), data.size());
  return out;
}

Digest256 hmac_sha256(std::string_view key, std::string_view data) {
  ensure_sodium();
  Digest256 out;
  crypto_auth_hmacsha256_state state;
  crypto_auth_hmacsha256_init(&state, raw(key), key.size());
  crypto_auth_hmacsha256_update(&state, raw(data), data.size());
  crypto_auth_hmacsha256_final(&state, out.data());
  sodium_memzero(&state, sizeof state);
  return out;
}

}  // namespace trackalert::crypto
