// SPDX-License-Identifier: Apache-2.0
#include "crypto/console_key.h"

#include <sodium.h>

#include <cstring>

#include "crypto/base64.h"
#include "crypto/sodium.h"

namespace trackalert::crypto {

static_assert(Key::size == crypto_secretbox_KEYBYTES);

base::Result<Key> Key::from_base64(std::string_view text) {
  auto decoded = base64_decode(text);
  if (!decoded) return base::fail("the key is not valid Base64");
  if (decoded->size() != size) {
    const auto actual = decoded->size();
    sodium_memzero(decoded->data(), decoded->size());
    return base::fail("the key has {} bytes where {} are needed", actual, size);
  }
  Key key;
  std::memcpy(key.bytes_.data(), decoded->data(), size);
  sodium_memzero(decoded->data(), decoded->size());
  return key;
}

Key Key::random() {
  ensure_sodium();
  Key key;
  randombytes_buf(key.bytes_.data(), size);
  return key;
}

Key::~Key() {
  sodium_memzero(bytes_.data(), bytes_.size());
}

std::string Key::to_base64() const {
  return base64_encode(bytes_);
}

}  // namespace trackalert::crypto
