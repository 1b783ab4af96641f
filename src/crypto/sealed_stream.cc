// SPDX-License-Identifier: Apache-2.0
#include "crypto/sealed_stream.h"

#include <sodium.h>

#include <algorithm>
#include <utility>

#include "crypto/sodium.h"

namespace trackalert::crypto {
namespace {

static_assert(mac_size == crypto_secretbox_MACBYTES);
static_assert(std::tuple_size_v<Nonce> == crypto_secretbox_NONCEBYTES);

unsigned char* raw(char* text) {
  return reinterpret_cast<unsigned char*>(text);
}

const unsigned char* raw(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

Nonce merge(const Nonce& reader, const Nonce& writer) {
  Nonce out = reader;
  std::copy(writer.begin() + out.size() / 2, writer.end(), out.begin() + out.size() / 2);
  return out;
}

std::unexpected<base::Error> used_up() {
  return base::fail("this connection has used up its nonces");
}

}  // namespace

Nonce random_nonce() {
  ensure_sodium();
  Nonce out;
  randombytes_buf(out.data(), out.size());
  return out;
}

SealedStream::SealedStream(const Key& key, const Nonce& own, const Nonce& peer)
    : key_(key), write_{merge(peer, own)}, read_{merge(own, peer)} {
  ensure_sodium();
}

void SealedStream::Direction::advance() {
  ++messages;
  for (std::size_t i = 4; i-- > 0;) {
    if (++nonce[i] != 0) return;
  }
}

base::Result<std::string> SealedStream::seal(std::string_view plaintext) {
  if (plaintext.size() > max_plaintext) return base::fail("message too long: {} bytes", plaintext.size());
  if (write_.exhausted()) return used_up();
  const std::size_t length = mac_size + plaintext.size();
  std::string frame(frame_prefix_size + length, '\0');
  frame[0] = static_cast<char>(length >> 8);
  frame[1] = static_cast<char>(length & 0xff);
  crypto_secretbox_easy(raw(frame.data() + frame_prefix_size), raw(plaintext), plaintext.size(), write_.nonce.data(),
                        key_.bytes().data());
  write_.advance();
  return frame;
}

base::Result<std::string> SealedStream::open(std::string_view ciphertext) {
  if (read_.exhausted()) return used_up();
  if (ciphertext.size() < mac_size || ciphertext.size() > max_ciphertext)
    return base::fail("Could not decrypt message");
  std::string plaintext(ciphertext.size() - mac_size, '\0');
  if (crypto_secretbox_open_easy(raw(plaintext.data()), raw(ciphertext), ciphertext.size(), read_.nonce.data(),
                                 key_.bytes().data()) != 0)
    return base::fail("Could not decrypt message");
  read_.advance();
  return plaintext;
}

}  // namespace trackalert::crypto
